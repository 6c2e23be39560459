#include "input/decoder.h"

#include <cstddef>

#include <boost/json.hpp>

#include "plugin_api/input_config.h"

namespace fieldway::input {

namespace json = boost::json;

namespace {

void keep_text(void* context, fieldway_bytes result) {
    static_cast<std::string*>(context)->assign(static_cast<const char*>(result.data), result.size);
}

/// The members stand at the end of the struct: an older plugin's may end before them.
bool has_decoder(const fieldway_plugin_api* api) {
    constexpr std::size_t needed = offsetof(fieldway_plugin_api, decode_kinds) + sizeof(char*);
    return api != nullptr && api->size >= needed && api->decode != nullptr &&
           api->decode_kinds != nullptr;
}

std::string sentence_of(const std::string& told) {
    const auto problems = problems_from_json(told);
    if (!problems || problems->empty()) return "the decoder refused it without a reason";
    return problems->front().sentence;
}

}  // namespace

bool decodes(const PluginLibrary& plugin, std::string_view kind) {
    if (!has_decoder(plugin.api)) return false;
    boost::system::error_code error;
    const json::value kinds = json::parse(plugin.api->decode_kinds, error);
    if (error || !kinds.is_array()) return false;
    for (const json::value& known : kinds.get_array()) {
        if (known.is_string() && std::string_view(known.get_string()) == kind) return true;
    }
    return false;
}

Result<std::string> decode(const PluginLibrary& plugin, const std::vector<std::string>& words) {
    if (!has_decoder(plugin.api)) {
        return Error::drop_item("the plugin " + plugin.name + " decodes nothing");
    }
    const std::string arguments = json::serialize(json::array(words.begin(), words.end()));
    std::string told;
    const auto status = plugin.api->decode({arguments.data(), arguments.size()}, keep_text, &told);
    if (status != FIELDWAY_OK) return Error::drop_item(sentence_of(told));
    return told;
}

}  // namespace fieldway::input
