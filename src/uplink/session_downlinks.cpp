// The part of a session that is about downlinks: the subscription, and what arrives by it.
#include <utility>

#include <fmt/format.h>

#include "uplink/platform.h"
#include "uplink/session.h"

namespace fieldway::uplink {

void Session::perform(const action::Subscribe&) {
    filter_ = downlink_filter(uplink_, device_, secret_);
    connection_->subscribe(filter_);
}

void Session::perform(const action::Downlinks& downlinks) {
    downlinks_.reason = downlinks.sentence;
    const std::initializer_list<LogField> fields{{"device", device_.text()},
                                                 {"uplink", uplink_.name}};
    const std::string device = "device " + device_.text();
    if (downlinks.sentence.empty()) {
        around_.log.info("session.downlinks", device + " gets downlinks again", fields);
        return;
    }
    around_.log.error(
        "session.downlinks",
        fmt::format("{} gets no downlinks by {} at broker {}: {}", device,
                    downlink_filter(uplink_, device_, secret_mark), broker(), downlinks.sentence),
        fields);
}

void Session::on_subscribed(std::uint8_t code) {
    run(machine_.subscribed(now(), code));
}

void Session::on_message(IncomingMessage message) {
    auto subtopic = downlink_subtopic(filter_, message.topic);
    if (!subtopic || !around_.downlink) {
        ++downlinks_.foreign;
        return;
    }
    ++downlinks_.received;
    around_.downlink({uplink_.name, device_, std::move(*subtopic), std::move(message.payload),
                      message.bytes, std::move(message.correlation), message.again,
                      message.retained, now()});
}

void Session::on_messages_dropped(std::uint64_t count) {
    downlinks_.dropped += count;
    if (std::exchange(drop_told_, true)) return;
    around_.log.warning("session.downlinks",
                        fmt::format("device {} gets downlinks faster than they can be taken; what "
                                    "is too much is dropped and counted",
                                    device_.text()),
                        {{"device", device_.text()}, {"uplink", uplink_.name}});
}

}  // namespace fieldway::uplink
