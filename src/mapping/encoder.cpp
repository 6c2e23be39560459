#include "mapping/encoder.h"

#include "mapping/binary_encoder.h"
#include "mapping/csv_encoder.h"
#include "mapping/template_encoder.h"

namespace fieldway::mapping {

std::optional<std::string> Encoder::encode(const Content& content) const {
    switch (options_.type) {
        case ContentType::json:
            return options_.fields.empty() ? encode_json(content) : tree_.encode(content);
        case ContentType::csv: {
            const std::string header = csv_header(options_.csv);
            const std::string row = csv_row(options_.csv, content);
            if (content.lacks != nullptr) {
                for (TimePlace& place : *content.lacks)
                    place.offset += static_cast<std::uint32_t>(header.size());
            }
            return header + row;
        }
        case ContentType::text:
            return encode_text(options_, content);
        case ContentType::xml:
            return encode_xml(options_, content);
        case ContentType::binary:
            return encode_binary(options_.binary, content);
    }
    return std::nullopt;
}

}  // namespace fieldway::mapping
