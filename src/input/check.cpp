// check_input(): a plugin asked once, outside a running gateway.
#include <future>
#include <memory>
#include <thread>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <fmt/format.h>

#include "base/quantity_text.h"
#include "input/border.h"
#include "input/host.h"

namespace fieldway::input {

namespace {

/// Everything that a check touches; it owns it, since a plugin that hangs keeps it for ever.
struct OneCheck {
    const fieldway_plugin_api* api;
    std::string settings;
    boost::asio::io_context core;  // never run: a check has nothing to emit
    SystemClock clock;
    std::shared_ptr<IntakeQueue> intake = std::make_shared<IntakeQueue>(0);
    Border border;

    OneCheck(const PluginLibrary& plugin, const InputSettings& input)
        : api(plugin.api),
          settings(to_json_text(input)),
          border(plugin.name, Border::Gateway{core, clock, Log(), intake, [] {}}) {}

    static void take(void* context, fieldway_bytes result) {
        static_cast<std::string*>(context)->assign(static_cast<const char*>(result.data),
                                                   result.size);
    }

    Checked run() {
        Checked checked;
        fieldway_plugin* plugin = api->create(border.host());
        if (plugin == nullptr) {
            checked.problems.push_back({"", "the plugin could not be created", false});
            checked.broken = true;
            return checked;
        }
        const fieldway_bytes config{settings.data(), settings.size()};
        std::string said;
        const bool ok = api->check(plugin, config, take, &said) == FIELDWAY_OK;
        checked.problems = problems_of(said, ok);
        said.clear();
        if (ok && api->plan(plugin, config, take, &said) == FIELDWAY_OK) {
            boost::system::error_code wrong;
            const boost::json::value plan = boost::json::parse(said, wrong);
            if (!wrong && plan.is_object()) checked.plan = plan.get_object();
        }
        api->destroy(plugin);
        return checked;
    }

    static std::vector<Problem> problems_of(const std::string& said, bool ok) {
        if (ok && said.empty()) return {};
        Result<std::vector<Problem>> problems = problems_from_json(said);
        if (!problems)
            return {{"", "the plugin refuses it and gives no reason that can be read", false}};
        if (!ok && problems->empty())
            return {{"", "the plugin refuses it without a reason", false}};
        return std::move(*problems);
    }
};

}  // namespace

Checked check_input(const PluginLibrary& plugin, const InputSettings& settings, Duration deadline) {
    if (plugin.api == nullptr) return {{{"", plugin.refused, false}}, {}, true};
    auto check =
        std::make_shared<OneCheck>(plugin, settings);  // shared: the thread may outlive this call
    auto result = std::make_shared<std::promise<Checked>>();
    std::future<Checked> answer = result->get_future();
    std::thread thread([check, result] { result->set_value(check->run()); });
    if (answer.wait_for(deadline) == std::future_status::ready) {
        thread.join();
        return answer.get();
    }
    thread.detach();
    return {{{"",
              fmt::format("plugin {} did not return from check within {}", plugin.name,
                          to_text(deadline)),
              false}},
            {},
            true};
}

}  // namespace fieldway::input
