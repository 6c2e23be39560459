#include "input/decoder.h"

#include <algorithm>
#include <cstddef>

#include <boost/json.hpp>

#include "base/json_text.h"
#include "plugin_api/input_config.h"

namespace fieldway::input {

namespace json = boost::json;

namespace {

void keep_text(void* context, fieldway_bytes result) {
    static_cast<std::string*>(context)->assign(static_cast<const char*>(result.data), result.size);
}

/// The members stand at the end of the struct: an older plugin's may end before them.
bool can_decode(const fieldway_plugin_api* api) {
    constexpr std::size_t needed = offsetof(fieldway_plugin_api, decode_kinds) + sizeof(char*);
    return api != nullptr && api->size >= needed && api->decode != nullptr &&
           api->decode_kinds != nullptr;
}

}  // namespace

std::vector<std::string> decode_kinds(const PluginLibrary& plugin) {
    std::vector<std::string> kinds;
    if (!can_decode(plugin.api)) return kinds;
    boost::system::error_code error;
    const json::value parsed = json::parse(plugin.api->decode_kinds, error);
    if (error || !parsed.is_array()) return kinds;
    for (const json::value& kind : parsed.get_array()) {
        if (kind.is_string()) kinds.emplace_back(kind.get_string());
    }
    return kinds;
}

bool decodes(const PluginLibrary& plugin, std::string_view kind) {
    const std::vector<std::string> kinds = decode_kinds(plugin);
    return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}

Result<std::string> decode(const PluginLibrary& plugin, const std::vector<std::string>& words) {
    if (!can_decode(plugin.api)) {
        return Error::drop_item("the plugin " + plugin.name + " decodes nothing");
    }
    const std::string text = to_json_text(json::array(words.begin(), words.end()));
    std::string told;
    const std::int32_t status = plugin.api->decode({text.data(), text.size()}, keep_text, &told);
    if (status == FIELDWAY_OK) return told;
    const auto problems = problems_from_json(told);
    if (!problems || problems->empty()) {
        return Error::drop_item("the decoder refused it without a reason");
    }
    return Error::drop_item(problems->front().sentence);
}

}  // namespace fieldway::input
