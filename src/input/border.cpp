#include "input/border.h"

#include <algorithm>
#include <mutex>
#include <string_view>
#include <utility>

#include <boost/asio/post.hpp>

#include "base/bytes.h"
#include "input/reading_flow.h"

namespace fieldway::input {

namespace {

ByteView view(fieldway_bytes bytes) {
    return {static_cast<const std::uint8_t*>(bytes.data), static_cast<std::size_t>(bytes.size)};
}

std::vector<Readings> to_flow(std::vector<wire::DeviceReadings> from, const Clock& clock) {
    std::vector<Readings> readings;
    readings.reserve(from.size());
    for (wire::DeviceReadings& of_device : from) {
        Readings& to = readings.emplace_back();
        to.device = of_device.device;
        to.reason = std::move(of_device.reason);
        to.readings.reserve(of_device.readings.size());
        for (wire::Reading& reading : of_device.readings)
            to.readings.push_back(reading_of(std::move(reading), clock));
    }
    return readings;
}

Border& self(void* context) {
    return *static_cast<Border*>(context);
}

}  // namespace

Border::Border(std::string plugin, Gateway gateway)
    : plugin_(std::move(plugin)), gateway_(std::move(gateway)) {
    host_.size = sizeof host_;
    host_.abi_version = FIELDWAY_ABI_VERSION;
    host_.context = this;
    host_.emit = emit;
    host_.state = state;
    host_.answer = answer;
    host_.log = log;
    host_.monotonic_ns = monotonic_ns;
    host_.wall_ms = wall_ms;
}

std::shared_ptr<const BorderCounters> Border::admit(std::uint64_t origin,
                                                    const std::string& input) {
    auto counters = std::make_shared<BorderCounters>();
    const std::lock_guard lock(mutex_);
    admitted_[origin] = {input, counters};
    return counters;
}

void Border::forget(std::uint64_t origin) {
    const std::lock_guard lock(mutex_);
    admitted_.erase(origin);
}

void Border::close() {
    const std::lock_guard lock(mutex_);
    open_ = false;
    admitted_.clear();
    gateway_.wake = nullptr;
    gateway_.log = Log();
}

void Border::post_to_core(std::function<void()> task) {
    const std::shared_lock lock(mutex_);
    if (open_) boost::asio::post(gateway_.core, std::move(task));
}

/// Needs `mutex_` held shared.
const Border::Admitted* Border::find(std::uint64_t origin) {
    const auto found = admitted_.find(origin);
    if (open_ && found != admitted_.end()) return &found->second;
    dropped_.fetch_add(1);
    return nullptr;
}

/// Needs `mutex_` held shared. False: full.
bool Border::push(PluginEvent event) {
    switch (gateway_.intake->push(std::move(event))) {
        case IntakeQueue::Push::wake:
            boost::asio::post(gateway_.core, gateway_.wake);
            return true;
        case IntakeQueue::Push::taken:
            return true;
        case IntakeQueue::Push::full:
            return false;
    }
    return false;
}

void Border::push_event(PluginEvent event, BorderCounters& counters) {
    if (!push(std::move(event))) counters.events_lost.fetch_add(1);
}

void Border::unreadable(const Admitted& input, const std::string& why) {
    // The first one is a moment worth a line, the rest are a figure.
    if (input.counters->unreadable.fetch_add(1) > 0) return;
    gateway_.log.error("plugin.unreadable", "the plugin sent a message that is none: " + why,
                       {{"plugin", plugin_}, {"input", input.input}});
}

std::int32_t Border::emit(void* context, std::uint64_t origin, fieldway_bytes bytes,
                          std::uint64_t token) {
    Border& border = self(context);
    // Decoded on the plugin's thread: the core has better to do.
    Result<std::vector<wire::DeviceReadings>> readings = wire::decode_readings(view(bytes));
    const std::shared_lock lock(border.mutex_);
    const Admitted* input = border.find(origin);
    if (input == nullptr) return FIELDWAY_OK;  // dropped: FULL would make it try for ever
    if (!readings) {
        border.unreadable(*input, readings.error().sentence());
        return FIELDWAY_ERROR;
    }
    if (!border.push(
            {origin, Emission{to_flow(std::move(*readings), border.gateway_.clock), token}})) {
        input->counters->full.fetch_add(1);
        return FIELDWAY_FULL;
    }
    input->counters->emitted.fetch_add(1);
    return FIELDWAY_OK;
}

void Border::state(void* context, std::uint64_t origin, fieldway_bytes bytes) {
    Border& border = self(context);
    Result<wire::State> state = wire::decode_state(view(bytes));
    const std::shared_lock lock(border.mutex_);
    const Admitted* input = border.find(origin);
    if (input == nullptr) return;
    if (!state) return border.unreadable(*input, state.error().sentence());
    border.push_event({origin, std::move(*state)}, *input->counters);
}

void Border::answer(void* context, std::uint64_t origin, fieldway_bytes bytes) {
    Border& border = self(context);
    Result<wire::Outcome> outcome = wire::decode_outcome(view(bytes));
    const std::shared_lock lock(border.mutex_);
    const Admitted* input = border.find(origin);
    if (input == nullptr) return;
    if (!outcome) return border.unreadable(*input, outcome.error().sentence());
    border.push_event({origin, std::move(*outcome)}, *input->counters);
}

void Border::log(void* context, std::uint64_t origin, std::int32_t level, fieldway_bytes sentence) {
    Border& border = self(context);
    Log log;
    std::string input;
    {
        const std::shared_lock lock(border.mutex_);
        const auto found = border.admitted_.find(origin);
        if (found != border.admitted_.end()) input = found->second.input;
        log = border.gateway_.log;
    }
    // Outside the lock: writing may block on a full pipe.
    const auto known =
        static_cast<LogLevel>(std::clamp<std::int32_t>(level, 0, FIELDWAY_LOG_DEBUG));
    log.write(known, "plugin.says", as_text(view(sentence)),
              {{"plugin", border.plugin_}, {"input", input}});
}

std::int64_t Border::monotonic_ns(void* context) {
    Border& border = self(context);
    const std::shared_lock lock(border.mutex_);
    const MonotonicTime now =
        border.open_ ? border.gateway_.clock.monotonic() : SystemClock().monotonic();
    return now.time_since_epoch().count();
}

std::int64_t Border::wall_ms(void* context) {
    Border& border = self(context);
    const std::shared_lock lock(border.mutex_);
    const WallTime now = border.open_ ? border.gateway_.clock.wall() : SystemClock().wall();
    return now.time_since_epoch().count();
}

}  // namespace fieldway::input
