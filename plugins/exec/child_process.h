// A program as a child: the only file here that starts, signals and reaps processes. POSIX.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/unique_fd.h"

namespace fieldway::exec {

struct ChildSettings {
    std::vector<std::string> command;      ///< the program, then its arguments
    std::vector<std::string> environment;  ///< NAME=value; all that the child gets
    std::string directory = "/";
};

/// The leader of a process group of its own, with three pipes and no other descriptor of ours,
/// default signals and nothing of our environment. It is reaped by its own number and descriptor:
/// other children of the process, whoever started them, are not touched, and there is no SIGCHLD
/// handler. Thread: one at a time. Destroying one that was not reaped kills its group. The program
/// itself, not its group, is killed by the kernel at the end of the thread that started it, so also
/// when this process is killed; a set-user-ID program is not.
class ChildProcess {
  public:
    /// An error (retry) says which program could not be started, and why.
    static Result<ChildProcess> start(const ChildSettings& settings);

    ChildProcess(ChildProcess&& other) noexcept;
    ChildProcess& operator=(ChildProcess&&) = delete;
    ~ChildProcess();

    /// Our ends of its pipes, non-blocking; each may be taken once.
    UniqueFd input;   ///< written: its standard input
    UniqueFd output;  ///< read: its standard output
    UniqueFd error;   ///< read: its standard error
    UniqueFd exited;  ///< a pidfd: readable when it has ended

    [[nodiscard]] pid_t number() const { return number_; }
    /// To every process of its group. Nothing happens after reap().
    void signal_group(int signal) const;
    /// After `exited` became readable: kills what is left of its group, then frees its number. In
    /// this order, because a number that is still a zombie's cannot be another group's. The
    /// sentence says how it ended: "ended with exit status 3".
    std::string reap();

  private:
    explicit ChildProcess(pid_t number) : number_(number) {}
    pid_t number_ = -1;
};

/// Where a program's name leads: a path as it is, below `directory` when it is relative; a bare
/// name is looked up in the child's PATH. An error names it and says what was tried.
Result<std::string> find_program(std::string_view name, const ChildSettings& settings);

}  // namespace fieldway::exec
