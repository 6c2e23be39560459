// Errors that say what to do next, what happened, and where.
#pragma once

#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <utility>

#include <boost/assert/source_location.hpp>
#include <boost/system/result.hpp>

namespace fieldway {

/// What the receiver of an error must do. Ordered: a later one costs more.
enum class Consequence : std::uint8_t {
    retry,      ///< the same call may succeed later; nothing is wrong with its arguments
    drop_item,  ///< this item (a request, a message, a line) can never succeed; go on with the next
    stop_device,   ///< this device, input or session cannot go on until something is changed
    stop_program,  ///< the gateway cannot go on
};

std::string_view name_of(Consequence consequence);

/// One sentence with value, limit and remedy, and the place it is about. A place is a path such as
/// `input boiler-room > unit 3 > supply_temp`: each layer that passes an error on adds its part in
/// front.
class Error {
  public:
    /// Only because boost::system::result asks for it: no error of ours is without a sentence.
    Error() = default;
    Error(Consequence consequence, std::string sentence)
        : consequence_(consequence), sentence_(std::move(sentence)) {}

    static Error retry(std::string sentence) { return {Consequence::retry, std::move(sentence)}; }
    static Error drop_item(std::string sentence) {
        return {Consequence::drop_item, std::move(sentence)};
    }
    static Error stop_device(std::string sentence) {
        return {Consequence::stop_device, std::move(sentence)};
    }
    static Error stop_program(std::string sentence) {
        return {Consequence::stop_program, std::move(sentence)};
    }

    /// The same error, one layer further out.
    [[nodiscard]] Error within(std::string_view place_part) const;

    [[nodiscard]] Consequence consequence() const { return consequence_; }
    [[nodiscard]] const std::string& sentence() const { return sentence_; }
    [[nodiscard]] const std::string& place() const { return place_; }
    /// `place: sentence`, or the sentence alone.
    [[nodiscard]] std::string text() const;

    friend bool operator==(const Error&, const Error&) = default;

  private:
    Consequence consequence_ = Consequence::retry;
    std::string sentence_;
    std::string place_;
};

/// What value() of a failed Result throws: a border (main, a plugin's entry) catches it.
class ErrorException : public std::exception {
  public:
    explicit ErrorException(Error error) : error_(std::move(error)), text_(error_.text()) {}
    [[nodiscard]] const char* what() const noexcept override { return text_.c_str(); }
    [[nodiscard]] const Error& error() const { return error_; }

  private:
    Error error_;
    std::string text_;
};

[[noreturn]] void throw_exception_from_error(const Error& error,
                                             const boost::source_location& location);

/// For what the world does. What we did wrong ourselves is an assert.
template <class T = void>
using Result = boost::system::result<T, Error>;

}  // namespace fieldway
