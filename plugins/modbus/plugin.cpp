// The entry point: name, version, tables, factory.
#include "modbus/decoder.h"
#include "modbus/example_decoder.h"
#include "modbus/modbus_input.h"
#include "modbus/modbus_options.h"
#include "modbus/probe/probe.h"
#include "modbus/probe/probe_options.h"
#include "modbus/simulator/simulation.h"
#include "modbus/simulator/simulator_options.h"
#include "plugin_api/sdk.h"

namespace fieldway::modbus {

const sdk::PluginInfo& ModbusPlugin::info() {
    static const sdk::PluginInfo info = [] {
        sdk::PluginInfo made;
        made.name = "modbus";
        made.version = "0.1.0";
        made.summary = "Reads and writes Modbus devices over TCP, UDP and serial lines.";
        made.tables = option_tables();
        made.decode_kinds = decode_kinds();
        made.decode = decode_words;
        made.simulate_table = simulator::simulate_table();
        made.check_simulation = simulator::check_simulation;
        made.simulate = simulator::simulate;
        made.probe_tables = probe_tables();
        made.probe = probe;
        return made;
    }();
    return info;
}

}  // namespace fieldway::modbus

FIELDWAY_PLUGIN(fieldway::modbus::ModbusPlugin)
