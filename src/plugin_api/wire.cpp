#include "plugin_api/wire.h"
