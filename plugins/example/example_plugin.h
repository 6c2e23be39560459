// What the plugin says of itself, and what makes its inputs.
#pragma once

#include <memory>
#include <vector>

#include "plugin_api/sdk.h"

namespace fieldway::example {

class ExamplePlugin final : public sdk::Plugin {
  public:
    static const sdk::PluginInfo& info();

    std::vector<Problem> check(const InputSettings& settings) override;
    boost::json::object plan(const InputSettings& settings) override;
    Result<std::unique_ptr<sdk::Input>> start(sdk::Host host,
                                              const InputSettings& settings) override;
};

}  // namespace fieldway::example
