#include "exec/child_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
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

/// The child's descriptors. Where it tells why it cannot become the program; closed when it has.
constexpr int report_descriptor = 3;
constexpr int first_free_descriptor = 4;

std::string reason(int error) {
    return std::generic_category().message(error);
}

struct Pipe {
    UniqueFd read;
    UniqueFd write;
};

/// Both ends close on exec. The child's end never is what the child makes of another's, also when
/// our 0, 1 and 2 were closed at start: one pipe would otherwise overwrite another.
Result<Pipe> make_pipe(bool child_reads) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return Error::retry("no pipe: " + reason(errno));
    Pipe pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
    UniqueFd& childs = child_reads ? pipe.read : pipe.write;
    if (childs.get() < first_free_descriptor) {
        childs.reset(::fcntl(childs.get(), F_DUPFD_CLOEXEC, first_free_descriptor));
    }
    if (!childs.valid()) return Error::retry("no pipe: " + reason(errno));
    return pipe;
}

std::vector<char*> pointers_to(const std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    for (const std::string& text : texts)
        pointers.push_back(const_cast<char*>(text.c_str()));
    pointers.push_back(nullptr);
    return pointers;
}

/// Every signal that can be is blocked in this thread: a handler of ours must not run in the child
/// before its program does.
class SignalsBlocked {
  public:
    SignalsBlocked() {
        sigset_t all;
        ::sigfillset(&all);
        ::pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    SignalsBlocked(const SignalsBlocked&) = delete;
    SignalsBlocked& operator=(const SignalsBlocked&) = delete;
    ~SignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

  private:
    sigset_t before_;
};

/// What the child needs between fork and exec, made before: another thread may have held any lock
/// at the fork, so nothing but system calls runs there. posix_spawn would do all of it but ask for
/// the signal at our end.
struct Launch {
    const char* program;
    char* const* arguments;
    char* const* environment;
    const char* directory;
    int input;
    int output;
    int error;
    int report;  ///< takes the number of the error when it cannot become the program
    pid_t gateway;
};

void take_default_signals() {
    for (int signal = 1; signal <= SIGRTMAX; ++signal)
        ::signal(signal, SIG_DFL);
    sigset_t none;
    ::sigemptyset(&none);
    ::pthread_sigmask(SIG_SETMASK, &none, nullptr);
}

/// Returns when the program could not be begun; errno says why.
void become(const Launch& launch) {
    // Killed with us: systemd would see to it, by hand nobody does, and the program of the next
    // gateway would find the device taken.
    if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return;
    if (::getppid() != launch.gateway) return;  // it ended before that: no signal comes any more
    if (::setpgid(0, 0) != 0 || ::dup2(launch.input, STDIN_FILENO) < 0 ||
        ::dup2(launch.output, STDOUT_FILENO) < 0 || ::dup2(launch.error, STDERR_FILENO) < 0) {
        return;
    }
    ::closefrom(first_free_descriptor);  // also what a careless library lets through an exec
    if (::chdir(launch.directory) != 0) return;
    take_default_signals();
    ::execve(launch.program, launch.arguments, launch.environment);
}

[[noreturn]] void be_the_child(const Launch& launch) {
    if (::dup3(launch.report, report_descriptor, O_CLOEXEC) >= 0) become(launch);
    const int why = errno;
    [[maybe_unused]] const auto told = ::write(report_descriptor, &why, sizeof why);
    ::_exit(1);
}

/// 0, or the number of the error. Waits until the child has become the program, as posix_spawn
/// would.
int run(const Launch& launch, Pipe& report, pid_t& number) {
    {
        const SignalsBlocked blocked;
        number = ::fork();
        if (number == 0) be_the_child(launch);
    }
    if (number < 0) return errno;
    report.write.reset();
    int why = 0;
    ssize_t read = -1;
    do {
        read = ::read(report.read.get(), &why, sizeof why);
    } while (read < 0 && errno == EINTR);
    if (read != sizeof why) return 0;  // closed by exec
    while (::waitpid(number, nullptr, 0) < 0 && errno == EINTR) {
    }
    return why;
}

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
    auto report = make_pipe(false);
    for (const auto* pipe : {&input, &output, &error, &report}) {
        if (!*pipe) return pipe->error();
    }
    for (const UniqueFd* ours : {&input->write, &output->read, &error->read})
        ::fcntl(ours->get(), F_SETFL, O_NONBLOCK);
    const auto arguments = pointers_to(settings.command);
    const auto environment = pointers_to(settings.environment);
    const Launch launch{program->c_str(),           arguments.data(),    environment.data(),
                        settings.directory.c_str(), input->read.get(),   output->write.get(),
                        error->write.get(),         report->write.get(), ::getpid()};
    pid_t number = -1;
    if (const int failed = run(launch, *report, number); failed != 0) {
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
