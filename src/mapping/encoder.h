// A message's content as the bytes of its format.
#pragma once

#include <optional>
#include <string>

#include "mapping/content.h"
#include "mapping/json_encoder.h"

namespace fieldway::mapping {

/// Thread: core.
class Encoder {
  public:
    explicit Encoder(const config::FormatOptions& options)
        : options_(options), tree_(options.fields) {}

    /// A whole payload; of CSV the header and one row. Nothing when there is nothing to say: a raw
    /// frame without a value.
    [[nodiscard]] std::optional<std::string> encode(const Content& content) const;

  private:
    config::FormatOptions options_;
    JsonTree tree_;
};

}  // namespace fieldway::mapping
