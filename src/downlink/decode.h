// A downlink's payload as what it asks for: values by the names of points. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/value.h"

namespace fieldway::downlink {

struct Decoded {
    static constexpr std::size_t most_points = 256;
    static constexpr std::size_t longest_id = 128;  ///< bytes

    std::string id;                                     ///< "" when the payload has none
    std::vector<std::pair<std::string, Value>> values;  ///< in their order, each name once

    /// Equal for payloads that ask for the same, however they are written and wrapped.
    [[nodiscard]] std::string content() const;
};

/// `{"setpoint": 21.5, "relay_1": true, "id": "42"}`; `id` is a text or a whole number. A
/// configuration may stand in an envelope, as the platform stores it: `{"version": 3,
/// "configuration": {...}}`, of which only the inner object is looked at.
///
/// An error (drop_item) is a sentence for whoever sent it: no JSON object, nothing or too much in
/// it, a name that stands twice, a value that no point can have.
Result<Decoded> decode(std::string_view payload, bool configuration);

}  // namespace fieldway::downlink
