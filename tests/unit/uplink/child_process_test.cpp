// A test that is killed, by a timeout for one, leaves nothing running.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "base/unique_fd.h"
#include "support/mosquitto.h"

namespace fieldway::test {
namespace {

/// Starts a program that ignores what asks it to end, tells its number and waits to be killed.
[[noreturn]] void be_a_test_that_hangs(int tell) {
    const ChildProcess child(
        {"sh", "-c",
         "trap '' HUP INT TERM; echo $$ >&" + std::to_string(tell) + "; exec sleep 1000"},
        {});
    for (;;)
        ::pause();
}

pid_t number_from(int pipe) {
    char text[32] = {};
    EXPECT_GT(::read(pipe, text, sizeof text - 1), 0);
    return std::stoi(text);
}

TEST(ChildProcess, EndsWithATestThatIsKilled) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const UniqueFd told(ends[0]);
    const pid_t doomed = ::fork();
    if (doomed == 0) be_a_test_that_hangs(ends[1]);
    ::close(ends[1]);
    const pid_t number = number_from(told.get());
    const UniqueFd child(static_cast<int>(::syscall(SYS_pidfd_open, number, 0)));
    ASSERT_TRUE(child.valid()) << "it runs as long as the test does";

    ::kill(doomed, SIGKILL);
    ::waitpid(doomed, nullptr, 0);
    pollfd end{child.get(), POLLIN, 0};
    constexpr int patience_ms = 20'000;
    EXPECT_EQ(::poll(&end, 1, patience_ms), 1) << "it still runs";
    if (end.revents == 0) ::kill(number, SIGKILL);
}

TEST(ChildProcess, SaysThatAProgramIsNotThere) {
    const TempFolder folder;
    const auto output = folder.path() / "output";
    EXPECT_EQ(run_program({"no-such-program-here"}, output), 127);
    EXPECT_EQ(read_file(output), "the program cannot be started; is it installed?\n");
}

}  // namespace
}  // namespace fieldway::test
