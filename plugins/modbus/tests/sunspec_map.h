// A SunSpec map as registers, for tests.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace fieldway::modbus::test {

/// "SunS", models with their registers, the end mark.
class SunspecMap {
  public:
    SunspecMap() : registers_{0x5375, 0x6E53} {}

    /// Registers behind number and length; the length is theirs.
    SunspecMap& add(std::uint16_t model, const std::vector<std::uint16_t>& body) {
        registers_.push_back(model);
        registers_.push_back(static_cast<std::uint16_t>(body.size()));
        registers_.insert(registers_.end(), body.begin(), body.end());
        return *this;
    }
    SunspecMap& add_common(const std::string& maker, const std::string& model,
                           const std::string& serial) {
        std::vector<std::uint16_t> body(66);
        put(body, 0, maker);
        put(body, 16, model);
        put(body, 40, "1.0");
        put(body, 48, serial);
        return add(1, body);
    }
    [[nodiscard]] std::vector<std::uint16_t> ended() const {
        std::vector<std::uint16_t> all = registers_;
        all.push_back(0xFFFF);
        all.push_back(0);
        return all;
    }
    [[nodiscard]] const std::vector<std::uint16_t>& unended() const { return registers_; }

  private:
    static void put(std::vector<std::uint16_t>& body, std::size_t at, const std::string& text) {
        for (std::size_t i = 0; i < text.size(); ++i) {
            const auto byte = static_cast<std::uint8_t>(text[i]);
            body.at(at + i / 2) |= static_cast<std::uint16_t>(i % 2 == 0 ? byte << 8 : byte);
        }
    }

    std::vector<std::uint16_t> registers_;
};

}  // namespace fieldway::modbus::test
