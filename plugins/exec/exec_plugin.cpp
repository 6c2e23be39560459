#include "exec/exec_plugin.h"

#include <pthread.h>
#include <signal.h>

#include "exec/exec_input.h"
#include "exec/exec_options.h"

namespace fieldway::exec {

const sdk::PluginInfo& ExecPlugin::info() {
    static const sdk::PluginInfo info = [] {
        sdk::PluginInfo made;
        made.name = "exec";
        made.version = "1";
        made.summary = "any program that prints JSON lines";
        made.tables = exec_tables();
        return made;
    }();
    return info;
}

ExecPlugin::ExecPlugin() : work_(loop_.get_executor()) {}

ExecPlugin::~ExecPlugin() {
    loop_.stop();
    if (thread_.joinable()) thread_.join();
}

std::vector<Problem> ExecPlugin::check(const InputSettings& settings) {
    return check_exec(settings);
}

Result<std::unique_ptr<sdk::Input>> ExecPlugin::start(sdk::Host host,
                                                      const InputSettings& settings) {
    if (!thread_.joinable()) {
        thread_ = std::thread([this] {
            ::pthread_setname_np(::pthread_self(), "exec");
            // Writing to a program that closed its input is an error that we see, not a signal.
            sigset_t pipe;
            ::sigemptyset(&pipe);
            ::sigaddset(&pipe, SIGPIPE);
            ::pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
            loop_.run();
        });
    }
    return std::unique_ptr<sdk::Input>(std::make_unique<ExecInput>(loop_, host, settings));
}

}  // namespace fieldway::exec
