// What the inputs of one bus need of it together: each plugin is asked about one input at a time,
// and cannot see it.
#pragma once

#include <vector>

#include "app/configuration.h"

namespace fieldway::app {

/// A warning for each bus on which the inputs together need more time than there is, though none
/// does alone, at the input that makes it too much. A plan takes part by its members `bus` (text)
/// and `load` (1: all of the bus's time); buses of one plugin are the same when their texts are.
std::vector<config::Diagnostic> overloaded_buses(const config::GatewayConfig& config,
                                                 const config::MarkMap& marks,
                                                 const std::vector<InputPlan>& plans);

}  // namespace fieldway::app
