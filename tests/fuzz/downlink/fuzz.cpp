// What a platform may send, and the file of what was commanded: the first byte chooses, the rest is
// the payload, or the file. What is submitted is within the points' ranges; a file that is read is
// written as it was.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "../../unit/downlink/router_fixture.h"

namespace {

using namespace fieldway;
using namespace fieldway::downlink;

void must_be_within_ranges(const action::Submit& submit) {
    for (const PointValue& point : submit.points) {
        if (point.point != 0) continue;  // setpoint: 5 to 30, scale 0.5
        const auto raw = as_number(point.value);
        if (!raw || *raw < 10 || *raw > 60) std::abort();
    }
}

void route(std::string_view payload, const char* subtopic) {
    static const config::DeviceOptions device = test::device();
    static const mapping::Mapper mapper = mapping::Mapper::make(device).value();
    const Timestamp now{MonotonicTime(std::chrono::hours(1)), WallTime(std::chrono::hours(1))};
    DeviceRouter router(device, mapper);
    for (const Action& action :
         router.arrived(now, test::downlink(std::string(payload), subtopic, now))) {
        const auto* store = std::get_if<action::Store>(&action);
        if (store == nullptr || !store->number) continue;
        for (const Action& next : router.stored(now, *store->number)) {
            if (const auto* submit = std::get_if<action::Submit>(&next)) {
                must_be_within_ranges(*submit);
            }
        }
    }
}

void read_book(std::string_view text) {
    const auto book = CommandBook::from_json(text);
    if (!book) return;
    const auto again = CommandBook::from_json(book->to_json());
    if (!again || !(*again == *book)) std::abort();
    static const config::DeviceOptions device = test::device();
    static const mapping::Mapper mapper = mapping::Mapper::make(device).value();
    const Timestamp now{MonotonicTime(std::chrono::hours(1)), WallTime(std::chrono::hours(1))};
    DeviceRouter router(device, mapper, *book);
    (void)router.start(now);
    (void)router.arrived(now, test::downlink(R"({"id":"7","setpoint":20})", "commands", now));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
    switch (data[0] % 3) {
        case 0:
            route(rest, "commands");
            break;
        case 1:
            route(rest, "config");
            break;
        default:
            read_book(rest);
            break;
    }
    return 0;
}
