#include "plugin_api/input_config.h"
