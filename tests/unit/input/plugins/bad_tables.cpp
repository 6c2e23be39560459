// A plugin whose option tables are no JSON: made by hand, since the SDK would not let it.
#include "plugin_api/abi.h"
#include "plugin_api/sdk.h"

namespace {

struct NoPlugin final : fieldway::sdk::Plugin {
    std::vector<fieldway::Problem> check(const fieldway::InputSettings&) override { return {}; }
    fieldway::Result<std::unique_ptr<fieldway::sdk::Input>> start(
        fieldway::sdk::Host, const fieldway::InputSettings&) override {
        return fieldway::Error::stop_device("never");
    }
};

}  // namespace

extern "C" __attribute__((visibility("default"))) const fieldway_plugin_api* fieldway_plugin_entry(
    uint32_t host_abi_version) {
    static fieldway::sdk::PluginInfo info;
    info.name = PLUGIN_NAME;
    static fieldway_plugin_api api = *fieldway::sdk::plugin_entry(
        host_abi_version, info,
        []() -> std::unique_ptr<fieldway::sdk::Plugin> { return std::make_unique<NoPlugin>(); });
    api.tables = "{ \"input\": [ { \"name\": \"x\", \"type\": \"colour\" } ] }";
    return &api;
}
