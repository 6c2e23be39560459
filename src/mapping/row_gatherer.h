// Rows of one CSV message, until its interval ends.
#pragma once

#include <string>
#include <utility>

#include "base/clock.h"
#include "config/gateway_config.h"
#include "mapping/aligned_timer.h"
#include "mapping/csv_encoder.h"

namespace fieldway::mapping {

/// Thread: core.
class RowGatherer {
  public:
    explicit RowGatherer(const config::CsvOptions& options)
        : timer_(options.sample), header_(csv_header(options)), most_bytes_(options.most_bytes) {}

    /// Of the rows.
    [[nodiscard]] AlignedTimer& timer() { return timer_; }
    [[nodiscard]] const AlignedTimer& timer() const { return timer_; }

    [[nodiscard]] bool empty() const { return rows_.empty(); }
    /// Acquisition of the last row.
    [[nodiscard]] const Timestamp& newest() const { return newest_; }
    /// Whether the message stays within the uplink's limit with this row. A row that fits no
    /// message is the mapping's to refuse, as a message.
    [[nodiscard]] bool fits(const std::string& row) const {
        return rows_.empty() || header_.size() + rows_.size() + row.size() <= most_bytes_;
    }
    void add(const std::string& row, const Timestamp& time) {
        rows_ += row;
        newest_ = time;
    }
    /// The payload; nothing is gathered then.
    std::string take() { return header_ + std::exchange(rows_, ""); }

  private:
    AlignedTimer timer_;
    std::string header_;
    std::uint64_t most_bytes_;
    std::string rows_;
    Timestamp newest_{};
};

}  // namespace fieldway::mapping
