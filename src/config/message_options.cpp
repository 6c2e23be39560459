#include "config/message_options.h"

#include "config/choice.h"
#include "config/input_options.h"
#include "config/names.h"

namespace fieldway::config {

namespace {

using namespace std::chrono_literals;
using enum OptionType;

constexpr std::array lanes{Choice<Lane>{"alarm", Lane::alarm},
                           Choice<Lane>{"telemetry", Lane::telemetry},
                           Choice<Lane>{"bulk", Lane::bulk}};
constexpr std::array drains{Choice<Drain>{"in-order", Drain::in_order},
                            Choice<Drain>{"live-first", Drain::live_first}};

}  // namespace

OptionTable message_table() {
    const auto later = [](const std::string& key) {
        return key + " is not built yet; remove the key";
    };
    OptionTable options{
        option("subtopic", text, "below the device's topic; the default topic when it is not given")
            .preset("")
            .within(0, 256),
        option("every", duration,
               "an interval aligned to the wall clock; with each poll of its points when it is not "
               "given: it leaves when each of them was read, with the newest value of each, so at "
               "the pace of the slowest")
            .within(100ms, 168h),
        option("points", texts, "what is in it; all points when it is not given"),
        option("lane", choice, "the queue's priority").choices(words_of(lanes)).preset("telemetry"),
        option("drain", choice,
               "how stored messages leave: all in order, or what is made while the session is up "
               "ahead of the backlog")
            .choices(words_of(drains))
            .preset("in-order"),
        option("on_change", texts, "the points whose change sends it")
            .not_built(later("on_change")),
        option("min_interval", duration, "not sooner than this").not_built(later("min_interval")),
        option("deadband", any, "changes that are none").not_built(later("deadband")),
        option("heartbeat", duration, "at the latest after this").not_built(later("heartbeat")),
        option("window", any, "min, max, mean since the last").not_built(later("window")),
    };
    return with(std::move(options), format_table());
}

MessageOptions make_message(const boost::json::object& values, const CheckedMap& device,
                            const std::string& path, Diagnostics& diagnostics) {
    MessageOptions message;
    message.subtopic = option_of<std::string>(values, "subtopic");
    message.every = optional_of<Duration>(values, "every").value_or(Duration::zero());
    message.lane = chosen(lanes, values.at("lane"));
    message.drain = chosen(drains, values.at("drain"));
    if (const auto* points = values.if_contains("points")) {
        for (const auto& point : points->as_array())
            message.points.emplace_back(point.as_string());
    }
    message.format = make_format(values, device, path, diagnostics);
    if (const std::string why = why_no_subtopic(message.subtopic); !why.empty()) {
        diagnostics.error(device.place(path + ".subtopic"), why);
    }
    const Node* list = device.node_of(path + ".points");
    if (list != nullptr && list->kind == Node::Kind::list && list->items.empty()) {
        diagnostics.error(list->place,
                          "points is an empty list; name points, or remove the key for all");
    }
    return message;
}

}  // namespace fieldway::config
