#include "profile/profile_table.h"

#include "config/loader.h"

namespace fieldway::profile {

namespace {

using enum OptionType;

}  // namespace

OptionTable header_table() {
    return {
        option("maker", text, "who makes the device").required().within(1, 64),
        option("model", text, "the types that it is for, as their labels say")
            .required()
            .within(1, 128),
        option("plugin", text, "the plugin that reads it: that of the device's input").required(),
        option("source", texts, "where its figures come from: documents and pages").required(),
        option("notes", texts, "what an installer must know, a sentence each"),
        option("line", any,
               "options of an input as the device leaves the works (baud, parity ...): shown, and "
               "the input's own hold"),
        option(
            "examples", groups,
            "what a device answered and the values it meant: `profiles test` wants each point in "
            "one")
            .members(example_table()),
    };
}

OptionTable example_table() {
    return {
        option("about", text, "what the example shows").within(1, 256),
        option("values", any, "each point that it covers, and its value after mapping").required(),
    };
}

std::string reference_section() {
    return config::reference_section(
        "## Device profiles",
        "A file `MAKER/MODEL.yaml` in a folder of the device library. Beside these keys it has "
        "those "
        "of a device, as defaults: `points`, `messages`, `commands`, `every`, `address`, "
        "`timestamp`, "
        "`when_bad` and the plugin's own; never `id`, `uplink`, `input` or `profile`. `${NAME}` is "
        "not replaced in it. How profiles are written and tested: "
        "[profiles.md](profiles.md).",
        header_table());
}

}  // namespace fieldway::profile
