// Bytes, and cursors that read and write integers in them. Flat messages between host and plugin
// are little-endian; Modbus and MQTT are big-endian.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace fieldway {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

inline ByteView as_bytes(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string_view as_text(ByteView bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// `0A 1b` -> two bytes; white space between pairs is allowed. Nothing when a digit is bad or
/// missing.
std::optional<Bytes> bytes_from_hex(std::string_view text);
/// Lower case, two digits a byte, no spaces.
std::string to_hex(ByteView bytes);
/// RFC 4648 clause 4: with `+`, `/` and padding, on one line.
std::string to_base64(ByteView bytes);

/// Appends to a buffer that it borrows.
template <std::endian Order>
class ByteWriter {
  public:
    explicit ByteWriter(Bytes& out) : out_(out) {}

    template <class T>
    requires std::is_integral_v<T> || std::is_floating_point_v<T>
    void number(T value) {
        std::uint8_t raw[sizeof(T)];
        std::memcpy(raw, &value, sizeof(T));
        if constexpr (Order != std::endian::native) {
            for (std::size_t i = sizeof(T); i-- > 0;)
                out_.push_back(raw[i]);
        } else {
            out_.insert(out_.end(), raw, raw + sizeof(T));
        }
    }
    void raw(ByteView bytes) { out_.insert(out_.end(), bytes.begin(), bytes.end()); }
    /// A 32-bit length, then the bytes.
    void counted(ByteView bytes) {
        number(static_cast<std::uint32_t>(bytes.size()));
        raw(bytes);
    }
    void counted(std::string_view text) { counted(as_bytes(text)); }

  private:
    Bytes& out_;
};

/// Reads from bytes that it borrows. After a read past the end every read gives zero and ok() is
/// false: check once, at the end.
template <std::endian Order>
class ByteReader {
  public:
    explicit ByteReader(ByteView bytes) : bytes_(bytes) {}

    template <class T>
    requires std::is_integral_v<T> || std::is_floating_point_v<T> T number() {
        T value{};
        if (!take(sizeof(T))) return value;
        std::uint8_t raw[sizeof(T)];
        std::memcpy(raw, bytes_.data() + at_ - sizeof(T), sizeof(T));
        if constexpr (Order != std::endian::native) {
            for (std::size_t i = 0; i < sizeof(T) / 2; ++i)
                std::swap(raw[i], raw[sizeof(T) - 1 - i]);
        }
        std::memcpy(&value, raw, sizeof(T));
        return value;
    }
    ByteView raw(std::size_t size) {
        if (!take(size)) return {};
        return bytes_.subspan(at_ - size, size);
    }
    ByteView counted() { return raw(number<std::uint32_t>()); }
    std::string_view counted_text() { return as_text(counted()); }

    [[nodiscard]] bool ok() const { return ok_; }
    [[nodiscard]] std::size_t left() const { return bytes_.size() - at_; }

  private:
    bool take(std::size_t size) {
        if (!ok_ || size > left()) {
            ok_ = false;
            return false;
        }
        at_ += size;
        return true;
    }

    ByteView bytes_;
    std::size_t at_ = 0;
    bool ok_ = true;
};

using LittleEndianWriter = ByteWriter<std::endian::little>;
using LittleEndianReader = ByteReader<std::endian::little>;
using BigEndianWriter = ByteWriter<std::endian::big>;
using BigEndianReader = ByteReader<std::endian::big>;

}  // namespace fieldway
