// Built against a later interface: it cannot speak the gateway's.
#include "plugin_api/abi.h"

extern "C" __attribute__((visibility("default"))) const fieldway_plugin_api* fieldway_plugin_entry(
    uint32_t host_abi_version) {
    return host_abi_version >= 2 ? reinterpret_cast<const fieldway_plugin_api*>(1) : nullptr;
}
