#include "exec/child_process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cassert>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include <fmt/format.h>

namespace fieldway::exec {

namespace {

constexpr int first_free_descriptor = 3;

std::string reason(int error) {
    return std::generic_category().message(error);
}

struct Pipe {
    UniqueFd read;
    UniqueFd write;
};

/// Both ends close on exec. The child's end never is 0, 1 or 2, also when ours were closed at
/// start: the file actions of one pipe would otherwise overwrite another's.
Result<Pipe> make_pipe(bool child_reads) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return Error::retry("no pipe: " + reason(errno));
    Pipe pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
    UniqueFd& childs = child_reads ? pipe.read : pipe.write;
    const UniqueFd& ours = child_reads ? pipe.write : pipe.read;
    if (childs.get() < first_free_descriptor) {
        childs.reset(::fcntl(childs.get(), F_DUPFD_CLOEXEC, first_free_descriptor));
    }
    if (!childs.valid() || ::fcntl(ours.get(), F_SETFL, O_NONBLOCK) != 0) {
        return Error::retry("no pipe: " + reason(errno));
    }
    return pipe;
}

std::vector<char*> pointers_to(const std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    for (const std::string& text : texts)
        pointers.push_back(const_cast<char*>(text.c_str()));
    pointers.push_back(nullptr);
    return pointers;
}

/// What posix_spawn does between fork and exec: not a line of ours runs there, so no lock of ours
/// can be held.
class SpawnPlan {
  public:
    SpawnPlan(const std::string& directory, int input, int output, int error) {
        ::posix_spawn_file_actions_init(&actions_);
        ::posix_spawn_file_actions_adddup2(&actions_, input, STDIN_FILENO);
        ::posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO);
        ::posix_spawn_file_actions_adddup2(&actions_, error, STDERR_FILENO);
        ::posix_spawn_file_actions_addclosefrom_np(&actions_, first_free_descriptor);
        ::posix_spawn_file_actions_addchdir_np(&actions_, directory.c_str());

        ::posix_spawnattr_init(&attributes_);
        sigset_t all;
        sigset_t none;
        ::sigfillset(&all);
        ::sigemptyset(&none);
        ::posix_spawnattr_setpgroup(&attributes_, 0);
        ::posix_spawnattr_setsigdefault(&attributes_, &all);
        ::posix_spawnattr_setsigmask(&attributes_, &none);
        ::posix_spawnattr_setflags(
            &attributes_, static_cast<short>(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF |
                                             POSIX_SPAWN_SETSIGMASK));
    }
    SpawnPlan(const SpawnPlan&) = delete;
    SpawnPlan& operator=(const SpawnPlan&) = delete;
    ~SpawnPlan() {
        ::posix_spawnattr_destroy(&attributes_);
        ::posix_spawn_file_actions_destroy(&actions_);
    }

    int run(const std::string& program, const ChildSettings& settings, pid_t& number) const {
        return ::posix_spawn(&number, program.c_str(), &actions_, &attributes_,
                             pointers_to(settings.command).data(),
                             pointers_to(settings.environment).data());
    }

  private:
    posix_spawn_file_actions_t actions_;
    posix_spawnattr_t attributes_;
};

bool is_program(const std::string& path) {
    struct stat about {};
    return ::stat(path.c_str(), &about) == 0 && S_ISREG(about.st_mode) &&
           ::access(path.c_str(), X_OK) == 0;
}

std::string_view path_of(const std::vector<std::string>& environment) {
    constexpr std::string_view name = "PATH=";
    for (const std::string& variable : environment) {
        if (variable.starts_with(name)) return std::string_view(variable).substr(name.size());
    }
    return {};
}

}  // namespace

Result<std::string> find_program(std::string_view name, const ChildSettings& settings) {
    if (name.starts_with('/')) return std::string(name);
    if (name.find('/') != std::string_view::npos) {
        return fmt::format("{}/{}", settings.directory, name);
    }
    const std::string_view path = path_of(settings.environment);
    for (std::size_t at = 0; at < path.size();) {
        const std::size_t end = std::min(path.find(':', at), path.size());
        std::string candidate = fmt::format("{}/{}", path.substr(at, end - at), name);
        if (is_program(candidate)) return candidate;
        at = end + 1;
    }
    return Error::retry(
        fmt::format("program {} is in none of {}: install it, or give its whole path", name, path));
}

Result<ChildProcess> ChildProcess::start(const ChildSettings& settings) {
    assert(!settings.command.empty());
    const auto program = find_program(settings.command.front(), settings);
    if (!program) return program.error();
    auto input = make_pipe(true);
    auto output = make_pipe(false);
    auto error = make_pipe(false);
    for (const auto* pipe : {&input, &output, &error}) {
        if (!*pipe) return pipe->error();
    }
    const SpawnPlan plan(settings.directory, input->read.get(), output->write.get(),
                         error->write.get());
    pid_t number = -1;
    if (const int failed = plan.run(*program, settings, number); failed != 0) {
        return Error::retry(fmt::format("program {} cannot be started in {}: {}", *program,
                                        settings.directory, reason(failed)));
    }
    ChildProcess child(number);
    // By its number: glibc 2.36 declares pidfd_open without C linkage. Nobody else reaps it, so the
    // number is its own.
    child.exited.reset(static_cast<int>(::syscall(SYS_pidfd_open, number, 0)));
    if (!child.exited.valid()) {
        return Error::retry(
            fmt::format("program {} cannot be watched: pidfd_open: {}", *program, reason(errno)));
    }
    child.input = std::move(input->write);
    child.output = std::move(output->read);
    child.error = std::move(error->read);
    return child;
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : input(std::move(other.input)),
      output(std::move(other.output)),
      error(std::move(other.error)),
      exited(std::move(other.exited)),
      number_(std::exchange(other.number_, -1)) {}

ChildProcess::~ChildProcess() {
    if (number_ < 0) return;
    signal_group(SIGKILL);
    reap();
}

void ChildProcess::signal_group(int signal) const {
    if (number_ > 0) ::kill(-number_, signal);
}

std::string ChildProcess::reap() {
    if (number_ < 0) return "ended";
    signal_group(SIGKILL);
    int status = 0;
    pid_t reaped = -1;
    do {
        reaped = ::waitpid(number_, &status, 0);
    } while (reaped < 0 && errno == EINTR);
    number_ = -1;
    if (reaped < 0) return "ended";  // somebody ignores SIGCHLD: then the kernel keeps no status
    if (WIFEXITED(status)) return fmt::format("ended with exit status {}", WEXITSTATUS(status));
    return fmt::format("was ended by signal {} ({})", WTERMSIG(status),
                       ::strsignal(WTERMSIG(status)));
}

}  // namespace fieldway::exec
