#include "unit/config/stub_plugins.h"

namespace fieldway::config::testing {

namespace {

using namespace std::chrono_literals;
using enum OptionType;

PluginTables modbus_tables() {
    PluginTables tables;
    tables.input = {
        option("url", text, "rtu:PATH or tcp://HOST:PORT").required(),
        option("baud", integer, "the speed of the line")
            .preset(9600)
            .within(300, 4'000'000)
            .unit("baud"),
        option("parity", choice, "the parity of the line")
            .choices({"none", "even", "odd"})
            .preset("even"),
        option("timeout", duration, "how long an answer may take").preset(500ms).within(1ms, 60s),
    };
    tables.device = {option("max_gap", integer, "registers read over").preset(8).within(0, 124)};
    tables.address = {option("unit", integer, "the unit").required().within(1, 247)};
    tables.point = {
        option("register", text, "input:12").required(),
        option("type", choice, "how registers are read")
            .choices({"bool", "int16", "uint16", "uint32", "float32", "string"})
            .preset("uint16"),
        option("length", integer, "of a string").within(1, 250),
        option("registers", integers, "several").within(0, 65'535),
    };
    return tables;
}

PluginTables exec_tables() {
    PluginTables tables;
    tables.polls = false;
    tables.input = {
        option("command", texts, "the program and its arguments").required(),
        option("silence", duration, "restarted after this").preset(5min).within(1s, 24h),
        option("token", text, "given to the program").secret().within(8, 64),
        option("pin", integer, "given to the program").secret().within(1'000, 9'999),
        option("script", path, "read by the program"),
        option("restart", boolean, "when it ends").preset(true),
        option("buffer", size, "of a line").preset(65'536).within(1'024, 1'048'576),
        option("limits", group, "of the program")
            .members({option("memory", size, "the most").preset(0)}),
        option("stages", groups, "one after the other")
            .members({option("name", text, "of the stage").required()}),
    };
    tables.address = {option("key", text, "the key of its lines").required().within(1, 64)};
    return tables;
}

}  // namespace

std::map<std::string, PluginTables> stub_plugins() {
    return {{"modbus", modbus_tables()}, {"exec", exec_tables()}};
}

LoaderContext stub_context() {
    LoaderContext context;
    context.plugins = stub_plugins();
    context.refused_plugins = {
        {"broken", "it is made for version 9 of the ABI; this gateway speaks 1"}};
    context.environment = [](const std::string& name) -> std::optional<std::string> {
        if (name == "BROKER_PASSWORD") return "s3cret-of-the-broker";
        if (name == "PORT") return "1502";
        if (name == "DOLLAR") return "${PORT}";
        return std::nullopt;
    };
    context.defaults.state_dir = "/var/lib/fieldway";
    context.defaults.control_socket = "/run/fieldway/control.sock";
    context.defaults.plugin_dirs = {"/usr/lib/fieldway/plugins"};
    context.check_expression.why_not_usable = [](std::string_view expression) -> std::string {
        const bool open = expression.find('(') != std::string_view::npos;
        const bool closed = expression.find(')') != std::string_view::npos;
        return open == closed ? "" : "expression has a bracket without its partner";
    };
    context.check_expression.why_no_inverse = [](std::string_view expression) -> std::string {
        const bool linear = expression.find_first_of("?^") == std::string_view::npos;
        return linear ? "" : "expression is no straight line";
    };
    return context;
}

}  // namespace fieldway::config::testing
