// A template with values in its places, as plain text or as XML.
#pragma once

#include <string>
#include <string_view>

#include "mapping/content.h"

namespace fieldway::mapping {

/// Values as they are; for XML escaped, so that no value changes the document's shape.
std::string encode_text(const config::FormatOptions& options, const Content& content);
std::string encode_xml(const config::FormatOptions& options, const Content& content);

/// Text for an element or the value of an attribute: the five characters with a meaning and line
/// ends as references, and U+FFFD for what XML 1.0 (clause 2.2) cannot hold.
std::string xml_escaped(std::string_view text);

}  // namespace fieldway::mapping
