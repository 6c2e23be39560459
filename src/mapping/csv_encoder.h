// Rows by RFC 4180: fields divided by the delimiter, lines ended by CR LF, quotes where they are
// needed.
#pragma once

#include <string>

#include "mapping/content.h"

namespace fieldway::mapping {

/// The line with the names of the columns; empty when none is wanted.
std::string csv_header(const config::CsvOptions& options);
/// One line. A point without a value is an empty field, an empty text is "".
std::string csv_row(const config::CsvOptions& options, const Content& content);

}  // namespace fieldway::mapping
