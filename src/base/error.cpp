#include "base/error.h"

namespace fieldway {

std::string_view name_of(Consequence consequence) {
    switch (consequence) {
        case Consequence::retry:
            return "retry";
        case Consequence::drop_item:
            return "drop item";
        case Consequence::stop_device:
            return "stop device";
        case Consequence::stop_program:
            return "stop program";
    }
    return "?";
}

Error Error::within(std::string_view place_part) const {
    Error outer = *this;
    outer.place_ =
        place_.empty() ? std::string(place_part) : std::string(place_part) + " > " + place_;
    return outer;
}

std::string Error::text() const {
    return place_.empty() ? sentence_ : place_ + ": " + sentence_;
}

void throw_exception_from_error(const Error& error, const boost::source_location&) {
    throw ErrorException(error);
}

}  // namespace fieldway
