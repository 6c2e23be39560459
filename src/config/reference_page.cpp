// docs/configuration.md from the option tables: a test fails when the committed page is not what
// they give.
#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "config/file_table.h"
#include "config/loader.h"
#include "config/scalar.h"

namespace fieldway::config {

namespace {

constexpr const char* introduction = R"(# Configuration

*Generated from the option tables by `fieldway schema --markdown`: change the tables, not the page.*

One YAML file describes a gateway; `fieldway check --config FILE` tells all that is wrong with it at
once, as `FILE:LINE:COLUMN: sentence`, and touches nothing else. An unknown key is an error.

- **Durations** have a unit: `250ms`, `10s`, `5m`, `1h`, `7d`. **Sizes** too: `64KiB`, `1GiB`.
- **Relative paths** are relative to the file that names them.
- **`${NAME}`** in a value is replaced from the environment; `$$` is a `$`. Keys and structure
  never are.
- **Texts** keep what is written: an id such as `0123456789` needs no quotes, and `off` is the word.
- **Truths** are `true` and `false`; `yes`, `no`, `on` and `off` mean the same.
- **Anchors, aliases and `<<`** of YAML work; a second document in a file, and a key that stands
  twice, are errors.

A small gateway:

```yaml
uplinks:
  - name: broker
    platform: generic
    url: mqtt://127.0.0.1:1883
    topics: { uplink: "site/{device}/{subtopic}" }

inputs:
  - name: hall
    plugin: modbus
    url: tcp://10.0.0.20:502

devices:
  - id: boiler-1
    uplink: broker
    input: hall
    address: { unit: 1 }
    every: 10s
    points:
      - { name: supply_temp, register: "input:12", type: int16, scale: 0.1, unit: "°C" }
```

It sends, every ten seconds, to `site/boiler-1`:

```json
{"timestamp":"2026-11-22T10:15:30.250Z","supply_temp":21.5}
```
)";

std::string code(const std::string& text) {
    return "`" + text + "`";
}

/// A text inside a cell of a table.
std::string cell(const std::string& text) {
    std::string result;
    for (const char c : text) {
        if (c == '|') result += '\\';
        result += c;
    }
    return result;
}

/// As a reader calls it; most types are called as they are.
std::string type_text(const Option& option) {
    switch (option.type) {
        case OptionType::boolean:
            return "true or false";
        case OptionType::choice: {
            std::vector<std::string> words;
            for (const std::string& choice : option.choices)
                words.push_back(code(choice));
            return joined(words, "or");
        }
        case OptionType::texts:
            return "list of texts";
        case OptionType::integers:
            return "list of integers";
        case OptionType::group:
            return "mapping";
        case OptionType::groups:
            return "list of mappings";
        case OptionType::table:
            return "mapping of keys to texts";
        case OptionType::any:
            return "anything";
        case OptionType::integer:
        case OptionType::number:
        case OptionType::text:
        case OptionType::duration:
        case OptionType::size:
        case OptionType::path:
            break;
    }
    return std::string(name_of(option.type));
}

std::string limits_text(const Option& option) {
    const bool is_length = option.type == OptionType::text || option.type == OptionType::path ||
                           option.type == OptionType::texts;
    const std::string unit = is_length ? " bytes" : "";
    if (option.least && option.most) {
        return written_number(option, *option.least) + " to " +
               written_number(option, *option.most) + unit;
    }
    if (option.least) return "at least " + written_number(option, *option.least) + unit;
    if (option.most) return "at most " + written_number(option, *option.most) + unit;
    return "";
}

/// A meaning as a sentence of its own: who writes a table need not think of it.
std::string sentence_of(std::string text) {
    if (text.empty()) return text;
    if (text.front() >= 'a' && text.front() <= 'z')
        text.front() = static_cast<char>(text.front() - 'a' + 'A');
    if (!text.ends_with('.')) text += '.';
    return text;
}

std::string meaning_text(const Option& option) {
    std::string text = option.meaning;
    while (text.ends_with('.'))
        text.pop_back();
    if (!option.unit.empty()) text += " (" + option.unit + ")";
    if (option.secret) text += "; never shown";
    text = sentence_of(std::move(text));
    if (!option.choices_not_built.empty()) {
        text += " Not built yet: " + joined(option.choices_not_built, "and") + ".";
    }
    return text;
}

constexpr const char* uplinks_sample = R"(
```yaml
uplinks:
  - name: akenza
    platform: akenza
    url: mqtts://mqtt.akenza.io:8883
    auth:
      method: uplink-secret
      connector_id: "${AKENZA_CONNECTOR}"
      secret_file: secrets/uplink

  - name: own-broker
    platform: generic
    url: mqtts://broker.example
    auth: { method: password, username: "{device}", password: "${BROKER_PASSWORD}" }
    tls: { ca_file: own-ca.pem }
    topics: { uplink: "site/{device}/{subtopic}" }
```
)";

constexpr const char* points_sample = R"(
```yaml
    points:                                  # `register` and `type` are modbus's own
      - { name: supply_temp, register: "input:12", type: int16, scale: 0.1, unit: "°C", every: 5s,
          no_value: [0x8000] }
      - { name: energy, register: "holding:40", type: uint32, expression: "value / 100", unit: kWh }
      - { name: state, register: "holding:50", enum: { 0: off, 1: on, 2: fault } }
      - { name: alarm_low, register: "holding:51", bits: 3 }
      - { name: setpoint, register: "holding:80", type: int16, scale: 0.5, writable: true,
          min: 5, max: 30 }
```
)";

constexpr const char* messages_sample = R"(
```yaml
    messages:
      - every: 60s                           # to the device's default topic
        points: [supply_temp, energy]
      - subtopic: alerts/critical            # akenza shows it as alerts_critical
        points: [alarm_low, state]
        lane: alarm
```
)";

class Page {
  public:
    void add(const std::string& text) { text_ += text; }

    /// A heading, a sentence, and the table; groups become rows `group.member`, lists of mappings
    /// headings of their own.
    void section(const std::string& heading, const std::string& sentence,
                 const OptionTable& table) {
        text_ += "\n" + heading + "\n\n";
        if (!sentence.empty()) text_ += sentence + "\n\n";
        if (table.empty()) {
            text_ += "No options.\n";
            return;
        }
        std::vector<std::string> not_built;
        text_ += "| key | type | default | limits | meaning |\n| --- | --- | --- | --- | --- |\n";
        rows(table, "", not_built);
        if (!not_built.empty()) {
            text_ += "\nKnown and not built yet, refused by `check`: " + joined(not_built, "and") +
                     ".\n";
        }
    }

    std::string take() { return std::move(text_); }

  private:
    void rows(const OptionTable& table, const std::string& prefix,
              std::vector<std::string>& not_built) {
        for (const Option& option : table) {
            const std::string key = prefix + option.name;
            if (!option.not_built.empty()) {
                not_built.push_back(code(key));
                continue;
            }
            if (option.type == OptionType::group && !option.members.empty()) {
                rows(option.members, key + ".", not_built);
                continue;
            }
            const std::string preset =
                option.required ? "required" : code_or_nothing(written_preset(option));
            text_ += fmt::format("| {} | {} | {} | {} | {} |\n", code(key), cell(type_text(option)),
                                 preset, cell(limits_text(option)), cell(meaning_text(option)));
            if (option.type == OptionType::groups && !option.members.empty()) {
                rows(option.members, key + "[].", not_built);
            }
        }
    }
    static std::string code_or_nothing(const std::string& text) {
        return text.empty() ? "" : code(text);
    }

    std::string text_;
};

OptionTable without(const OptionTable& table, const std::vector<std::string>& names) {
    OptionTable rest;
    for (const Option& option : table) {
        if (std::find(names.begin(), names.end(), option.name) == names.end())
            rest.push_back(option);
    }
    return rest;
}

void plugin_section(Page& page, const std::string& name, const PluginTables& tables) {
    page.add("\n## Plugin " + name + "\n");
    page.section("### In its input", "Beside `name` and `plugin`.", tables.input);
    if (!tables.address.empty()) {
        page.section("### In a device's address", "Inside of `address:`.", tables.address);
    }
    if (!tables.device.empty()) {
        page.section("### In a device", "Beside the common keys.", tables.device);
    }
    if (!tables.point.empty()) {
        page.section("### In a point", "Beside the common keys.", tables.point);
    }
}

}  // namespace

std::string reference_section(const std::string& heading, const std::string& sentence,
                              const OptionTable& table) {
    Page page;
    page.section(heading, sentence, table);
    return page.take();
}

std::string reference_page(const std::map<std::string, PluginTables>& plugins) {
    Page page;
    page.add(introduction);
    page.section("## include", "", {file_table()[4]});
    page.section("## gateway", "", gateway_table());
    page.section("## log", "", log_table());
    page.section("## queue", "Messages wait here until the broker has acknowledged them.",
                 queue_table());
    page.section("## admin", "", admin_table());
    page.section("## uplinks", "A list: one entry for each platform account or broker.",
                 uplink_table());
    page.add(uplinks_sample);
    page.section(
        "## inputs",
        "A list: one entry for each bus, line or radio. A plugin's own options stand beside these.",
        input_table());
    page.section("## devices",
                 "A list: one entry for each identity at the platform. Each has a session of its "
                 "own, with the "
                 "device id as client id.",
                 without(device_table(PluginTables{}), {"points", "messages"}));
    page.section("## devices: points",
                 "A list under `points:`. The raw value goes through no_value, bits, then enum, or "
                 "scale, offset, "
                 "expression and round.",
                 point_table());
    page.add(points_sample);
    page.section("## devices: messages",
                 "A list under `messages:`. Without it a device sends one message with each poll, "
                 "with all its points, to its default topic. A message with each poll leaves when "
                 "each of its points was read, so at the pace of the slowest: points of another "
                 "`every` want a message of their own.",
                 message_table());
    page.add(messages_sample);
    for (const auto& [name, tables] : plugins)
        plugin_section(page, name, tables);
    return page.take();
}

}  // namespace fieldway::config
