#include "config/file_table.h"

#include "config/gateway_options.h"
#include "config/queue_options.h"

namespace fieldway::config {

namespace {

using enum OptionType;

OptionTable lists_table() {
    return {
        option("include", texts,
               "more files, or patterns such as devices.d/*.yaml, relative to this one; each may "
               "hold uplinks, inputs, devices and include"),
        option("uplinks", any, "platforms and brokers"),
        option("inputs", any, "buses, lines and radios: a plugin and its options each"),
        option("devices", any, "identities at a platform, with an address at an input each"),
    };
}

}  // namespace

OptionTable file_table() {
    OptionTable table{
        option("gateway", group, "the gateway as a whole").members(gateway_table()),
        option("log", group, "what it tells").members(log_table()),
        option("queue", group, "messages that wait").members(queue_table()),
        option("admin", group, "the status page").members(admin_table()),
    };
    const OptionTable lists = lists_table();
    table.insert(table.end(), lists.begin(), lists.end());
    return table;
}

OptionTable included_file_table() {
    return lists_table();
}

}  // namespace fieldway::config
