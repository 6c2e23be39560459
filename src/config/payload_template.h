// A text with places for values: `T={supply_temp} at {timestamp}`. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace fieldway::config {

/// {NAME} is a place, {{ and }} are braces.
struct PayloadTemplate {
    struct Piece {
        std::string text;  ///< as it stands, or the name of a place
        bool place = false;
        friend bool operator==(const Piece&, const Piece&) = default;
    };
    std::vector<Piece> pieces;

    /// An error says what is wrong with the text.
    static Result<PayloadTemplate> parse(std::string_view text);
    /// Names of its places, each once, in their order.
    [[nodiscard]] std::vector<std::string> names() const;

    friend bool operator==(const PayloadTemplate&, const PayloadTemplate&) = default;
};

}  // namespace fieldway::config
