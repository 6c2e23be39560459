#include "exec/line_splitter.h"

#include <algorithm>

namespace fieldway::exec {

void LineSplitter::feed(std::string_view bytes) {
    buffer_.erase(0, at_);
    searched_ -= std::min(searched_, at_);
    at_ = 0;
    if (skipping_) {
        const std::size_t end = bytes.find('\n');
        if (end == std::string_view::npos) return;
        skipping_ = false;
        bytes.remove_prefix(end + 1);
    }
    buffer_ += bytes;
}

std::optional<LineSplitter::Line> LineSplitter::next() {
    const std::size_t end = buffer_.find('\n', std::max(at_, searched_));
    if (end == std::string::npos) {
        searched_ = buffer_.size();
        return buffer_.size() - at_ > limit_ ? cut() : std::nullopt;
    }
    const std::string_view text = std::string_view(buffer_).substr(at_, end - at_);
    at_ = end + 1;
    if (text.size() > limit_) return Line{text.substr(0, limit_), true};
    return Line{text, false};
}

std::optional<LineSplitter::Line> LineSplitter::finish() {
    if (const auto line = next()) return line;
    const std::string_view rest = std::string_view(buffer_).substr(at_);
    at_ = buffer_.size();
    skipping_ = false;
    if (rest.empty()) return std::nullopt;
    return Line{rest, false};
}

std::optional<LineSplitter::Line> LineSplitter::cut() {
    const std::string_view head = std::string_view(buffer_).substr(at_, limit_);
    at_ = buffer_.size();
    skipping_ = true;
    return Line{head, true};
}

}  // namespace fieldway::exec
