// Whether a template makes well-formed XML whatever is put into its places. Pure; the only file
// that includes pugixml.
#pragma once

#include <string>

#include "config/payload_template.h"

namespace fieldway::config {

/// Why not, as a sentence; empty when it does. Places may stand in text and in the values of
/// attributes: there a value that is escaped cannot change the shape.
std::string why_no_xml(const PayloadTemplate& xml);

}  // namespace fieldway::config
