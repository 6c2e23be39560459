// ${NAME} in values. Keys and the text itself are never touched, so an environment cannot change
// the structure.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "config/diagnostic.h"
#include "config/node.h"

namespace fieldway::config {

using Environment = std::function<std::optional<std::string>(const std::string&)>;

/// Replaces ${NAME} by the variable and $$ by a $ in every scalar value below `node`; any other $
/// stays as it is. A variable that is not set is an error at its value, and so is a ${ without its
/// }.
void replace_variables(Node& node, const Environment& environment, Diagnostics& diagnostics);

}  // namespace fieldway::config
