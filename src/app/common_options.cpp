#include "app/common_options.h"

namespace fieldway::app {

void add_config(CLI::App* verb, CommonArguments& common) {
    verb->add_option("--config", common.config, "the configuration file")->capture_default_str();
}

void add_control(CLI::App* verb, CommonArguments& common) {
    verb->add_option("--control", common.control,
                     "the gateway's control socket (default: as configured)");
}

void add_json(CLI::App* verb, CommonArguments& common) {
    verb->add_flag("--json", common.json, "print JSON");
}

}  // namespace fieldway::app
