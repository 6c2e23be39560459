// The options that verbs share.
#pragma once

#include <CLI/CLI.hpp>

#include "app/verbs.h"

namespace fieldway::app {

void add_config(CLI::App* verb, CommonArguments& common);
void add_control(CLI::App* verb, CommonArguments& common);
void add_json(CLI::App* verb, CommonArguments& common);

}  // namespace fieldway::app
