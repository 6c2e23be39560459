#include "input/probe.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

#include "plugin_api/input_config.h"

namespace fieldway::input {

namespace json = boost::json;

namespace {

void keep_text(void* context, fieldway_bytes result) {
    static_cast<std::string*>(context)->assign(static_cast<const char*>(result.data), result.size);
}

std::int32_t pass_on(void* context, fieldway_bytes news) {
    boost::system::error_code error;
    const json::value told = json::parse(
        std::string_view(static_cast<const char*>(news.data), static_cast<std::size_t>(news.size)),
        error);
    if (error || !told.is_object()) return FIELDWAY_OK;  // news that nobody can read is no order
    const auto& listener = *static_cast<const ProbeNews*>(context);
    return listener(told.get_object()) ? FIELDWAY_OK : FIELDWAY_FULL;
}

/// The members stand at the end of the struct: an older plugin's may end before them.
bool can_probe(const fieldway_plugin_api* api) {
    constexpr std::size_t needed = offsetof(fieldway_plugin_api, probe_tables) + sizeof(char*);
    return api != nullptr && api->size >= needed && api->probe != nullptr &&
           api->probe_tables != nullptr;
}

}  // namespace

std::optional<ProbeTables> probe_tables(const PluginLibrary& plugin) {
    if (!can_probe(plugin.api)) return std::nullopt;
    Result<ProbeTables> tables = probe_tables_from_json(plugin.api->probe_tables);
    if (!tables) return std::nullopt;
    return std::move(*tables);
}

bool is_url_of(const ProbeTables& tables, std::string_view url) {
    return std::any_of(tables.urls.begin(), tables.urls.end(),
                       [url](const std::string& begin) { return url.starts_with(begin); });
}

Result<json::object> probe(const PluginLibrary& plugin, const ProbeRequest& request,
                           const ProbeNews& news) {
    if (!can_probe(plugin.api)) {
        return Error::stop_device("the plugin " + plugin.name + " asks no bus by its url");
    }
    const std::string text = to_json_text(request);
    std::string told;
    ProbeNews listener = news;
    const std::int32_t status =
        plugin.api->probe({text.data(), text.size()}, pass_on, &listener, keep_text, &told);
    if (status != FIELDWAY_OK) {
        const auto problems = problems_from_json(told);
        if (!problems || problems->empty()) {
            return Error::stop_device("the plugin refused it without a reason");
        }
        const Problem& problem = problems->front();
        return problem.pointer.empty() ? Error::stop_device(problem.sentence)
                                       : Error::drop_item(problem.sentence);
    }
    boost::system::error_code error;
    json::value answer = json::parse(told, error);
    if (error || !answer.is_object()) {
        return Error::stop_device("the plugin's answer is no JSON object");
    }
    return std::move(answer.get_object());
}

}  // namespace fieldway::input
