#include "plugin_api/options.h"
