// Which requests write the points of a command, and how each is confirmed. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/value.h"
#include "modbus/bus.h"
#include "modbus/modbus_options.h"

namespace fieldway::modbus {

/// One write.
struct PlannedWrite {
    std::vector<PointOptions> points;  ///< several for neighbouring coils by FC 15
    Request request;
    /// Bits by read-modify-write: what is read before, and what of it changes; the request then
    /// writes `value` of these bits and the rest as it was read.
    bool reads_before = false;
    std::uint16_t changes = 0;
    Verify verify = Verify::read_back;

    [[nodiscard]] std::uint8_t unit() const { return request.unit; }
    /// Reads what is written.
    [[nodiscard]] Request read_request() const;
    /// The write, once it is known what is there: the two bytes that read_request() gave.
    [[nodiscard]] Request merged(ByteView before) const;
    /// Whether what is read back is what was written.
    [[nodiscard]] bool confirmed_by(ByteView registers) const;
    /// What was written, as the registers (or packed bits) that read_request() would give.
    [[nodiscard]] Bytes written() const;
};

/// In the order of the command; coils by FC 15 by rising address, neighbours in one request. An
/// error (drop_item): a point is not writable, or its value does not fit.
Result<std::vector<PlannedWrite>> plan_writes(const DeviceOptions& device,
                                              std::vector<std::pair<PointOptions, Value>> wanted);

}  // namespace fieldway::modbus
