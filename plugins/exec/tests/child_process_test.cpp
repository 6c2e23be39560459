#include "exec/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <optional>
#include <string>
#include <thread>

#include <gtest/gtest.h>

namespace fieldway::exec {
namespace {

constexpr int patience_ms = 60'000;

ChildSettings shell(const std::string& script) {
    return {{"sh", "-c", script}, {"PATH=/usr/bin:/bin", "HELLO=a b"}, "/"};
}

bool readable(int fd) {
    pollfd each{fd, POLLIN, 0};
    return ::poll(&each, 1, patience_ms) == 1;
}

/// Everything until the pipe closes.
std::string all_of(const UniqueFd& pipe) {
    std::string text;
    char buffer[4096];
    while (readable(pipe.get())) {
        const ssize_t read = ::read(pipe.get(), buffer, sizeof buffer);
        if (read <= 0) break;
        text.append(buffer, static_cast<std::size_t>(read));
    }
    return text;
}

std::string how_it_ended(ChildProcess& child) {
    EXPECT_TRUE(readable(child.exited.get()));
    return child.reap();
}

TEST(ChildProcess, HasThreePipesItsEnvironmentAndNothingElse) {
    ::setenv("FIELDWAY_TEST_SECRET", "do not tell", 1);
    const UniqueFd ours(
        ::open("/dev/null", O_RDONLY));  // without O_CLOEXEC, as a careless library would
    auto child = ChildProcess::start(shell("env; ls /proc/self/fd; pwd; cat; echo oops >&2"));
    ASSERT_TRUE(child) << child.error().text();
    ASSERT_EQ(::write(child->input.get(), "told\n", 5), 5);
    child->input.reset();
    const std::string output = all_of(child->output);
    EXPECT_NE(output.find("HELLO=a b\n"), std::string::npos);
    EXPECT_NE(output.find("\n/\ntold\n"), std::string::npos) << output;
    EXPECT_EQ(output.find("SECRET"), std::string::npos) << output;
    // 3 is the folder that ls itself has open.
    EXPECT_NE(output.find("0\n1\n2\n3\n/\n"), std::string::npos) << output;
    EXPECT_EQ(all_of(child->error), "oops\n");
    EXPECT_EQ(how_it_ended(*child), "ended with exit status 0");
}

TEST(ChildProcess, SaysHowItEnded) {
    auto failed = ChildProcess::start(shell("exit 3"));
    EXPECT_EQ(how_it_ended(*failed), "ended with exit status 3");
    auto killed = ChildProcess::start(shell("kill -9 $$"));
    EXPECT_EQ(how_it_ended(*killed), "was ended by signal 9 (Killed)");
}

TEST(ChildProcess, SaysWhyAProgramCannotBeStarted) {
    ChildSettings settings = shell("");
    settings.command = {"no-such-program-here"};
    EXPECT_EQ(ChildProcess::start(settings).error().sentence(),
              "program no-such-program-here is in none of /usr/bin:/bin: install it, or give its "
              "whole path");
    settings.command = {"/no/such/program"};
    EXPECT_EQ(ChildProcess::start(settings).error().sentence(),
              "program /no/such/program cannot be started in /: No such file or directory");
    settings.command = {"/etc/passwd"};
    EXPECT_EQ(ChildProcess::start(settings).error().sentence(),
              "program /etc/passwd cannot be started in /: Permission denied");
    settings.command = {"sh"};
    settings.directory = "/no/such/folder";
    EXPECT_FALSE(ChildProcess::start(settings));
}

TEST(ChildProcess, FindsAProgramBelowItsDirectory) {
    ChildSettings settings = shell("");
    settings.directory = "/usr";
    settings.command = {"bin/env"};
    auto child = ChildProcess::start(settings);
    ASSERT_TRUE(child) << child.error().text();
    EXPECT_EQ(how_it_ended(*child), "ended with exit status 0");
}

TEST(ChildProcess, HasDefaultSignalsWhateverTheProcessIgnores) {
    const auto before = ::signal(SIGPIPE, SIG_IGN);
    auto child = ChildProcess::start(shell("kill -PIPE $$; echo still here"));
    ::signal(SIGPIPE, before);
    EXPECT_EQ(all_of(child->output), "");
    EXPECT_EQ(how_it_ended(*child), "was ended by signal 13 (Broken pipe)");
}

TEST(ChildProcess, TakesItsGrandchildrenAlongWhenItEnds) {
    // The grandchild holds the pipe: its end is seen when the last writer is gone.
    auto child = ChildProcess::start(shell("sleep 1000 & echo started; exit 0"));
    EXPECT_EQ(how_it_ended(*child), "ended with exit status 0");
    EXPECT_EQ(all_of(child->output), "started\n");
}

TEST(ChildProcess, IsKilledWithItsGroupWhenDestroyed) {
    UniqueFd output;
    {
        auto child = ChildProcess::start(shell("trap '' TERM; sleep 1000 & sleep 1000"));
        output = std::move(child->output);
    }
    EXPECT_EQ(all_of(output), "");
}

TEST(ChildProcess, IsKilledAtTheEndOfTheThreadThatStartedIt) {
    // As when the whole process is killed; tests/system/test_exec.py does that.
    std::optional<ChildProcess> child;
    std::thread([&] {
        child.emplace(ChildProcess::start(shell("trap '' HUP INT TERM; sleep 1000")).value());
    }).join();
    EXPECT_EQ(how_it_ended(*child), "was ended by signal 9 (Killed)");
}

TEST(ChildProcess, LeavesOtherChildrenOfTheProcessAlone) {
    const pid_t other = ::fork();
    if (other == 0) ::_exit(5);
    auto child = ChildProcess::start(shell("exit 0"));
    how_it_ended(*child);
    int status = 0;
    EXPECT_EQ(::waitpid(other, &status, 0), other);
    EXPECT_EQ(WEXITSTATUS(status), 5);
}

}  // namespace
}  // namespace fieldway::exec
