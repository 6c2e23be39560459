#include "uplink/drawing.h"

#include <algorithm>
#include <utility>

namespace fieldway::uplink {

void Drawing::begin(const Sequences& newest, bool kept) {
    marks_ = newest;
    for (const Lane lane : all_lanes) {
        Cursor& live = at(lane, Part::live);
        live = {newest[index_of(Stream{lane, Drain::live_first})], true, Gate::closed};
        for (const Part part : {Part::in_order, Part::backlog})
            at(lane, part) = {kept ? at(lane, part).after : 0, true, Gate::closed};
    }
}

bool Drawing::end() {
    bool asked = false;
    for (auto& parts : cursors_) {
        for (Cursor& cursor : parts)
            asked = std::exchange(cursor.gate, Gate::closed) == Gate::asked || asked;
    }
    return asked;
}

void Drawing::waited(const Sequences& newest) {
    marks_ = newest;
    for (const Lane lane : all_lanes) {
        const Sequence mark = newest[index_of(Stream{lane, Drain::live_first})];
        Cursor& live = at(lane, Part::live);
        Cursor& backlog = at(lane, Part::backlog);
        live.after = std::max(live.after, mark);
        backlog.ready = backlog.after < mark;
        live.ready = at(lane, Part::in_order).ready = true;
    }
}

void Drawing::arrived(Stream stream) {
    if (stream.drain == Drain::in_order) {
        at(stream.lane, Part::in_order).ready = true;
        return;
    }
    at(stream.lane, Part::live).ready = true;
    // Behind its mark the backlog is at its end until the next connect.
    Cursor& backlog = at(stream.lane, Part::backlog);
    backlog.ready = backlog.after < marks_[index_of(stream)];
}

Drawing::Waiting Drawing::waiting() const {
    Waiting waiting;
    for (std::size_t lane = 0; lane < all_lanes.size(); ++lane) {
        for (std::size_t part = 0; part < part_count; ++part) {
            waiting.parts[lane][part] = cursors_[lane][part].may_look();
            waiting.lanes[lane] = waiting.lanes[lane] || waiting.parts[lane][part];
        }
    }
    return waiting;
}

bool Drawing::anything() const {
    const auto lanes = waiting().lanes;
    return std::find(lanes.begin(), lanes.end(), true) != lanes.end();
}

std::optional<Drawing::Look> Drawing::next() const {
    const Waiting waits = waiting();
    const auto lane = lanes_.choose(waits.lanes);
    if (!lane) return std::nullopt;
    const std::size_t i = index_of(*lane);
    const std::size_t part = parts_[i].choose(waits.parts[i]).value();
    return Look{*lane, static_cast<Part>(part), cursors_[i][part].after};
}

void Drawing::nothing(const Look& look) {
    at(look.lane, look.part).ready = false;
}

Drawing::Found Drawing::found(const Look& look, Sequence sequence) {
    Cursor& cursor = at(look.lane, look.part);
    const bool is_backlog = sequence <= mark_of(look);
    if (!is_backlog && look.part == Part::backlog) {
        cursor.ready = false;
        cursor.after = mark_of(look);
        // Having been seen it is not announced again.
        at(look.lane, Part::live).ready = true;
        return Found::not_here;
    }
    if (is_backlog && cursor.gate != Gate::open) {
        cursor.gate = Gate::asked;
        return Found::ask;
    }
    const Waiting waits = waiting();
    lanes_.count(waits.lanes, look.lane);
    parts_[index_of(look.lane)].count(waits.parts[index_of(look.lane)],
                                      static_cast<std::size_t>(look.part));
    if (is_backlog) cursor.gate = Gate::closed;
    cursor.after = sequence;
    return Found::send;
}

void Drawing::pass_over(const Look& look, Sequence sequence) {
    at(look.lane, look.part).after = sequence;
}

void Drawing::again_from(const Place& place) {
    const bool is_backlog = place.sequence <= marks_[index_of(place.stream)];
    const Part part = place.stream.drain == Drain::in_order ? Part::in_order
                      : is_backlog                          ? Part::backlog
                                                            : Part::live;
    Cursor& cursor = at(place.stream.lane, part);
    cursor.after = std::min(cursor.after, place.sequence - 1);
    cursor.ready = true;
}

void Drawing::granted(Stream stream) {
    Cursor& cursor =
        at(stream.lane, stream.drain == Drain::in_order ? Part::in_order : Part::backlog);
    if (cursor.gate == Gate::asked) cursor.gate = Gate::open;
}

}  // namespace fieldway::uplink
