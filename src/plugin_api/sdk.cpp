#include "plugin_api/sdk.h"
