#include "config/input_options.h"

#include <utility>

#include "config/checker.h"

namespace fieldway::config {

OptionTable input_table() {
    return {
        option("name", OptionType::text, "what devices call the input").required().within(1, 128),
        option("plugin", OptionType::text, "the kind of bus: the name of a plugin")
            .required()
            .within(1, 128),
    };
}

OptionTable input_table(const OptionTable& of_plugin) {
    return with(input_table(), of_plugin);
}

OptionTable with(OptionTable common, const OptionTable& of_plugin) {
    const std::size_t own = common.size();
    for (const Option& option : of_plugin) {
        bool known = false;
        for (std::size_t i = 0; i < own; ++i)
            known = known || common[i].name == option.name;
        if (!known) common.push_back(option);
    }
    return common;
}

boost::json::object part_of(const boost::json::object& values, const OptionTable& common,
                            const OptionTable& of_plugin) {
    boost::json::object part;
    for (const Option& option : of_plugin) {
        if (find_option(common, option.name) != nullptr) continue;
        if (const auto* value = values.if_contains(option.name)) part[option.name] = *value;
    }
    return part;
}

}  // namespace fieldway::config
