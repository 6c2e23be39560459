#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include "app/configuration.h"
#include "app/gateway.h"
#include "app/verbs.h"
#include "service/process.h"
#include "service/service_manager.h"

namespace fieldway::app {

namespace asio = boost::asio;

namespace {

// SIGTERM to exit in under 5 s (the face): what stop() may take, with a margin for the process to
// end.
constexpr Duration stop_within = std::chrono::seconds(4);
constexpr Duration status_every = std::chrono::seconds(10);

LogFormat format_of(config::LogOutput output) {
    switch (output) {
        case config::LogOutput::journald:
            return LogFormat::journald;
        case config::LogOutput::text:
            return LogFormat::text;
        case config::LogOutput::json:
            return LogFormat::json;
        case config::LogOutput::automatic:
            break;
    }
    return service::stderr_is_journal() ? LogFormat::journald : LogFormat::text;
}

void tell_diagnostics(const std::vector<config::Diagnostic>& diagnostics, const Log& log) {
    for (const config::Diagnostic& diagnostic : diagnostics) {
        const std::string told = config::to_text(diagnostic.mark) + ": " + diagnostic.sentence;
        if (diagnostic.warning) log.warning("config.warning", told);
        if (diagnostic.uplink.empty()) continue;
        log.error("config.uplink",
                  told + "; the devices of the uplink " + diagnostic.uplink +
                      " cannot connect until it is mended, the others run",
                  {{"uplink", diagnostic.uplink}});
    }
}

/// The queue and the markers of crashes live there: without it the gateway runs in memory.
void make_state_folder(const std::filesystem::path& folder, const Log& log) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (!error && ::access(folder.c_str(), W_OK | X_OK) != 0) {
        error = std::error_code(errno, std::system_category());
    }
    if (!error) return;
    log.warning("gateway.state_dir",
                "the folder " + folder.string() + " cannot be written: " + error.message() +
                    "; messages are kept in memory alone, and a plugin that crashes at each "
                    "start will not be noticed; set gateway.state_dir to a folder of this user");
}

/// The running process around a gateway: signals, the service manager, the end.
class Process {
  public:
    Process(asio::io_context& core, Gateway& gateway, const Clock& clock, Log log)
        : core_(core),
          gateway_(gateway),
          clock_(clock),
          log_(std::move(log)),
          signals_(core, SIGTERM, SIGINT, SIGHUP),
          timer_(core) {}

    void run() {
        wait_for_signal();
        log_.info("gateway.ready", gateway_.summary());
        manager_.ready(gateway_.summary());
        tick();
        core_.run();
        log_.info("gateway.stopped", "the gateway has stopped");
    }

  private:
    void wait_for_signal() {
        signals_.async_wait([this](boost::system::error_code error, int number) {
            if (error) return;
            on_signal(number);
            wait_for_signal();
        });
    }

    void on_signal(int number) {
        if (number == SIGHUP) {
            log_.warning("gateway.reload",
                         "reload is not built yet: restart the service to apply a changed file");
            return;
        }
        if (stopping_) {
            // Not at once: what is in memory alone, and acknowledgements, would be lost with it.
            log_.info("gateway.stop", "asked to stop again: it ends as soon as all is stored");
            return;
        }
        stopping_ = true;
        manager_.stopping();
        log_.info("gateway.stop", "asked to stop");
        gateway_.stop(clock_.monotonic() + stop_within, [this] {
            // What an abandoned plugin still holds must not keep the loop alive.
            core_.stop();
        });
    }

    void tick() {
        const Duration watchdog =
            service::ServiceManager::watchdog_interval().value_or(status_every);
        timer_.expires_after(std::min(status_every, watchdog / 2));
        timer_.async_wait([this](boost::system::error_code error) {
            if (error || stopping_) return;
            if (!std::exchange(settled_, true)) service::give_back_memory();
            manager_.watchdog();
            manager_.status(gateway_.summary());
            tick();
        });
    }

    asio::io_context& core_;
    Gateway& gateway_;
    const Clock& clock_;
    Log log_;
    service::ServiceManager manager_;
    asio::signal_set signals_;
    asio::steady_timer timer_;
    bool settled_ = false;  ///< starting is over, as far as a clock can tell
    bool stopping_ = false;
};

}  // namespace

int run_verb(const CommonArguments& arguments) {
    service::ignore_broken_pipes();
    service::forbid_core_dumps();
    service::end_at_once_when_asked();
    std::vector<input::PluginLibrary> plugins;
    std::vector<config::Diagnostic> diagnostics;
    std::map<std::string, std::string> unusable_inputs;
    config::GatewayConfig config;
    {
        // The places of every key, kept for sentences, are more than the configuration itself.
        Configuration configuration = load_configuration(arguments.config, Purpose::run);
        if (!configuration.loaded.usable()) {
            print_diagnostics(configuration.loaded.diagnostics);
            return exit_configuration;
        }
        unusable_inputs = configuration.unusable_inputs();
        plugins = std::move(configuration.plugins);
        diagnostics = std::move(configuration.loaded.diagnostics);
        config = std::move(configuration.loaded.config);
    }
    if (!arguments.control.empty()) config.gateway.control_socket = arguments.control;

    const SystemClock clock;
    const Log log(config.log.level, format_of(config.log.format));
    tell_diagnostics(diagnostics, log);
    make_state_folder(config.gateway.state_dir, log);
    asio::io_context core(1);
    auto gateway = make_gateway(
        {core, clock, log, std::move(plugins), std::random_device()(), std::move(unusable_inputs)},
        std::move(config));
    if (!gateway) {
        log.error("gateway.start", gateway.error().text());
        return exit_failed;
    }
    Process process(core, **gateway, clock,
                    log);  // catches signals from here on, also while starting
    if (auto started = (*gateway)->start(); !started) {
        log.error("gateway.start", started.error().text());
        return exit_failed;
    }
    process.run();
    return exit_done;
}

}  // namespace fieldway::app
