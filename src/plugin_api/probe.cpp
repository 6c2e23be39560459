#include "plugin_api/probe.h"

#include <utility>

namespace fieldway {

namespace json = boost::json;

namespace {

Error not_read(const char* what, const char* lacks) {
    return Error::drop_item(std::string(what) + " cannot be read: " + lacks);
}

const json::object* object_of(const json::object& map, std::string_view key) {
    const json::value* value = map.if_contains(key);
    return value == nullptr ? nullptr : value->if_object();
}

const json::array* array_of(const json::object& map, std::string_view key) {
    const json::value* value = map.if_contains(key);
    return value == nullptr ? nullptr : value->if_array();
}

std::vector<std::string> texts_of(const json::array& values) {
    std::vector<std::string> texts;
    for (const json::value& value : values) {
        if (value.is_string()) texts.emplace_back(value.get_string());
    }
    return texts;
}

}  // namespace

json::object to_json(const ProbeTables& tables) {
    json::object verbs;
    for (const auto& [verb, table] : tables.verbs)
        verbs[verb] = to_json(table);
    return {{"urls", json::array(tables.urls.begin(), tables.urls.end())},
            {"verbs", std::move(verbs)}};
}

Result<ProbeTables> probe_tables_from_json(std::string_view text) {
    constexpr const char* what = "the table of probes";
    boost::system::error_code error;
    const json::value parsed = json::parse(text, error);
    if (error || !parsed.is_object()) return not_read(what, "it is no JSON object");
    const json::array* urls = array_of(parsed.get_object(), "urls");
    const json::object* verbs = object_of(parsed.get_object(), "verbs");
    if (urls == nullptr || verbs == nullptr) return not_read(what, "it lacks urls or verbs");
    ProbeTables tables;
    tables.urls = texts_of(*urls);
    for (const auto& verb : *verbs) {
        Result<OptionTable> table = option_table_from_json(verb.value());
        if (!table) return table.error();
        tables.verbs.emplace(verb.key(), std::move(*table));
    }
    return tables;
}

std::string to_json_text(const ProbeRequest& request) {
    return json::serialize(
        json::object{{"verb", request.verb},
                     {"url", request.url},
                     {"options", request.options},
                     {"words", json::array(request.words.begin(), request.words.end())},
                     {"settings", request.settings},
                     {"profiles", request.profiles}});
}

Result<ProbeRequest> probe_request_from_json(std::string_view text) {
    constexpr const char* what = "the request of a probe";
    boost::system::error_code error;
    const json::value parsed = json::parse(text, error);
    if (error || !parsed.is_object()) return not_read(what, "it is no JSON object");
    const json::object& object = parsed.get_object();
    const json::value* verb = object.if_contains("verb");
    const json::value* url = object.if_contains("url");
    if (verb == nullptr || !verb->is_string() || url == nullptr || !url->is_string()) {
        return not_read(what, "it lacks verb or url");
    }
    ProbeRequest request;
    request.verb = verb->get_string();
    request.url = url->get_string();
    if (const json::object* options = object_of(object, "options")) request.options = *options;
    if (const json::array* words = array_of(object, "words")) request.words = texts_of(*words);
    if (const json::object* settings = object_of(object, "settings")) request.settings = *settings;
    if (const json::array* profiles = array_of(object, "profiles")) request.profiles = *profiles;
    return request;
}

}  // namespace fieldway
