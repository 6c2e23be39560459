// Rows of one CSV message, until its interval ends.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "config/gateway_config.h"
#include "flow/time_place.h"
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
    [[nodiscard]] bool fits(std::size_t row_bytes) const {
        const std::size_t growth = lacks_.size() * TimePlace::most_growth;
        return rows_.empty() || header_.size() + rows_.size() + growth + row_bytes <= most_bytes_;
    }
    /// `lacks`: of the row.
    void add(const std::string& row, std::vector<TimePlace> lacks, const Timestamp& time) {
        for (TimePlace& place : lacks) {
            place.offset += static_cast<std::uint32_t>(header_.size() + rows_.size());
            lacks_.push_back(place);
        }
        rows_ += row;
        newest_ = time;
    }
    struct Taken {
        std::string payload;
        std::vector<TimePlace> lacks;
    };
    /// Nothing is gathered then.
    Taken take() { return {header_ + std::exchange(rows_, ""), std::exchange(lacks_, {})}; }

  private:
    AlignedTimer timer_;
    std::string header_;
    std::uint64_t most_bytes_;
    std::string rows_;
    std::vector<TimePlace> lacks_;
    Timestamp newest_{};
};

}  // namespace fieldway::mapping
