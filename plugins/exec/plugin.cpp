#include "exec/exec_plugin.h"
#include "plugin_api/sdk.h"

FIELDWAY_PLUGIN(fieldway::exec::ExecPlugin)
