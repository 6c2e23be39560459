// The grammar of names: what may stand in a topic, and what may name a point.
#pragma once

#include <string>
#include <string_view>

namespace fieldway::config {

/// Why a text is no subtopic, as a sentence; empty when it is one. A subtopic is one or more levels
/// joined by `/`, none empty, without the wildcards + and # (MQTT 5, clause 4.7) and control
/// characters. "" is the default topic.
std::string why_no_subtopic(std::string_view text);

/// Why a text is no point name, as a sentence; empty when it is one.
std::string why_no_point_name(std::string_view text);

}  // namespace fieldway::config
