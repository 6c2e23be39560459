// The entry point: nothing else belongs here.
#include "example/example_plugin.h"

FIELDWAY_PLUGIN(fieldway::example::ExamplePlugin)
