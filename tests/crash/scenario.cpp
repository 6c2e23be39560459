#include "scenario.h"

#include <algorithm>
#include <array>
#include <string>

#include <fmt/format.h>

namespace fieldway::crash {

using namespace std::chrono_literals;

namespace {

constexpr std::size_t stream_count = 9;
constexpr Run runs_in_a_boot = 3;
constexpr WallTime first_day(std::chrono::milliseconds(1'763'806'530'250));

std::uint64_t mixed(std::uint64_t a, std::uint64_t b, std::uint64_t c = 0) {
    return Random(a * 0x9E3779B97F4A7C15ULL ^ b * 0xC2B2AE3D27D4EB4FULL ^ c << 32).next();
}

/// Mostly some hundred bytes, now and then some thousand; half of them compress well.
std::string filler(Random& random) {
    const std::size_t size = random.one_in(20) ? random.below(6000) : random.below(300);
    std::string text(size, 'v');
    if (random.one_in(2)) return text;
    for (char& letter : text)
        letter = static_cast<char>('A' + random.below(26));
    return text;
}

}  // namespace

std::uint64_t Random::next() {
    std::uint64_t z = state_ += 0x9E3779B97F4A7C15ULL;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ z >> 27) * 0x94D049BB133111EBULL;
    return z ^ z >> 31;
}

Scenario::Scenario(std::uint64_t seed) : seed_(seed) {
    for (std::size_t i = 0; i < stream_count; ++i)
        streams_.push_back({.uplink = i % 5 == 0 ? "second" : "first",
                            .device = DeviceId::parse(fmt::format("D{}", i % 4)).value(),
                            .lane = all_lanes[i % all_lanes.size()],
                            .drain = i % 4 == 1 ? Drain::live_first : Drain::in_order});
}

std::optional<std::size_t> Scenario::number_of(const queue::StreamKey& key) const {
    const auto found = std::ranges::find(streams_, key);
    if (found == streams_.end()) return std::nullopt;
    return static_cast<std::size_t>(found - streams_.begin());
}

queue::StoreOptions Scenario::options(const std::filesystem::path& folder, Run run) const {
    Random random(mixed(seed_, 0xB0));
    queue::StoreOptions options;
    options.folder = folder;
    options.boot_id = fmt::format("boot-{}", run / runs_in_a_boot);
    options.segment_bytes = std::array{8, 16, 64}[random.below(3)] * 1024ULL;
    options.journal_interval = std::array<Duration, 2>{5s, 1s}[random.below(2)];
    config::QueueOptions& limits = options.limits;
    limits.compress = random.one_in(2);
    limits.dead_letters = 64ULL * 1024 * 1024;
    limits.when_full =
        std::array{config::WhenFull::drop_oldest, config::WhenFull::drop_oldest,
                   config::WhenFull::drop_newest, config::WhenFull::thin}[random.below(4)];
    if (random.one_in(2)) limits.max_bytes = 400 * 1024;
    if (random.one_in(4)) limits.device_max_bytes = 80 * 1024;
    if (random.one_in(4)) limits.lanes[static_cast<std::size_t>(Lane::bulk)].max_bytes = 100 * 1024;
    if (random.one_in(4))
        for (auto& lane : limits.lanes)
            lane.max_age = 20min;
    return options;
}

std::shared_ptr<const Record> Scenario::record(std::size_t stream, Sequence sequence,
                                               Run run) const {
    const queue::StreamKey& key = streams_[stream];
    Random random(mixed(seed_, stream * 1'000'003 + sequence, run));
    Message message{.uplink = key.uplink,
                    .device = key.device,
                    .subtopic = random.one_in(3) ? "log" : "",
                    .lane = key.lane,
                    .content_type = random.one_in(5) ? ContentType::csv : ContentType::json,
                    .payload = {},
                    .time = begin_of(run),
                    .drain = key.drain};
    message.time.wall += std::chrono::milliseconds(sequence);
    message.payload = fmt::format(R"({{"stream":{},"sequence":{},"run":{},"x":"{}"}})", stream,
                                  sequence, run, filler(random));
    return std::make_shared<const Record>(Record{sequence, std::move(message)});
}

Timestamp Scenario::begin_of(Run run) const {
    return {MonotonicTime(1h + 1h * (run % runs_in_a_boot)), first_day + 1h * run};
}

bool same(const Record& left, const Record& right) {
    Record other = right;
    other.message.time.monotonic = left.message.time.monotonic;
    return left == other;
}

}  // namespace fieldway::crash
