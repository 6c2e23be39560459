#include "modbus/refusals.h"

#include <algorithm>

namespace fieldway::modbus {
namespace {

bool holds_one_of(const AddressSpan& span, const std::vector<AddressSpan>& spans) {
    return std::any_of(spans.begin(), spans.end(),
                       [&span](const AddressSpan& one) { return span.holds(one); });
}

}  // namespace

void Refusals::add_block(const AddressSpan& span, MonotonicTime now) {
    if (holds_one_of(span, points_) || holds_one_of(span, blocks_)) return;  // that explains it
    std::erase_if(blocks_, [&span](const AddressSpan& one) { return one.holds(span); });
    blocks_.push_back(span);
    doubt_at_ = now + belief_;
}

void Refusals::add_point(const AddressSpan& span) {
    std::erase_if(blocks_, [&span](const AddressSpan& one) { return one.holds(span); });
    if (blocks_.empty()) doubt_at_.reset();
    if (std::find(points_.begin(), points_.end(), span) == points_.end()) points_.push_back(span);
}

bool Refusals::answered(const AddressSpan& span) {
    const auto disproved = [&span](const AddressSpan& one) { return span.holds(one); };
    const std::size_t count = std::erase_if(points_, disproved) + std::erase_if(blocks_, disproved);
    if (blocks_.empty()) doubt_at_.reset();
    if (count > 0) rejoins_ = 0;
    return count > 0;
}

void Refusals::doubt() {
    blocks_.clear();
    doubt_at_.reset();
    belief_ = std::min(2 * belief_, longest_belief);
    rejoins_ = 0;
}

std::vector<AddressSpan> Refusals::spans() const {
    std::vector<AddressSpan> all = points_;
    all.insert(all.end(), blocks_.begin(), blocks_.end());
    return all;
}

}  // namespace fieldway::modbus
