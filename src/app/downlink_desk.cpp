#include "app/downlink_desk.h"

#include <utility>

#include <fmt/format.h>

#include "mapping/mapper.h"

namespace fieldway::app {

namespace json = boost::json;
namespace action = downlink::action;

/// One device's place at the desk.
struct DownlinkDesk::DeviceSlot {
    DeviceSlot(const config::DeviceOptions& its_options, const Device& device,
               std::uint64_t its_most_bytes, downlink::CommandBook book)
        : options(its_options),
          number(device.number),
          most_bytes(its_most_bytes),
          router(its_options, device.mapper, std::move(book)) {}
    const config::DeviceOptions& options;
    const DeviceNumber number;
    const std::uint64_t most_bytes;  // of a message, at its uplink
    downlink::DeviceRouter router;
};

DownlinkDesk::DownlinkDesk(Dependencies dependencies)
    : with_(std::move(dependencies)),
      files_(with_.core, make_posix_file_system(), with_.config.gateway.state_dir / "downlinks",
             with_.log) {}

DownlinkDesk::~DownlinkDesk() = default;

void DownlinkDesk::start() {
    guard_.adopt();
    for (const config::DeviceOptions& options : with_.config.devices) {
        const Device* device = with_.devices.find(options.id.text());
        if (device == nullptr) continue;
        downlink::CommandBook book;
        const std::string text = options.commands.empty() ? "" : files_.read(options.id.text());
        if (!text.empty()) {
            if (auto read = downlink::CommandBook::from_json(text)) {
                book = std::move(*read);
            } else {
                with_.log.error(
                    "downlink.state",
                    fmt::format("what was commanded of device {} is not known: its file "
                                "in {} is damaged: {}",
                                options.id.text(),
                                (with_.config.gateway.state_dir / "downlinks").string(),
                                read.error().text()),
                    {{"device", options.id.text()}});
            }
        }
        auto slot =
            std::make_unique<DeviceSlot>(options, *device, most_bytes_of(options), std::move(book));
        DeviceSlot& made = *slot;
        slots_.emplace(options.id, std::move(slot));
        run(made, made.router.start(with_.clock.now()));
    }
}

std::uint64_t DownlinkDesk::most_bytes_of(const config::DeviceOptions& device) const {
    for (const config::UplinkOptions& uplink : with_.config.uplinks) {
        if (uplink.name == device.uplink) return uplink.limits.message_bytes;
    }
    return config::UplinkLimits().message_bytes;
}

void DownlinkDesk::arrived(const Downlink& downlink) {
    guard_.check();
    const auto found = slots_.find(downlink.device);
    if (found == slots_.end()) return;  // a device that reload took away
    DeviceSlot& slot = *found->second;
    run(slot, slot.router.arrived(with_.clock.now(), downlink));
}

void DownlinkDesk::run(DeviceSlot& slot, const downlink::Actions& actions) {
    for (const downlink::Action& action : actions)
        std::visit([&](const auto& one) { perform(slot, one); }, action);
}

void DownlinkDesk::perform(DeviceSlot& slot, const action::Store& store) {
    BookFiles::Stored stored;
    if (store.number) {
        stored = [this, alive = std::weak_ptr(alive_), &slot, number = *store.number] {
            if (alive.expired()) return;
            run(slot, slot.router.stored(with_.clock.now(), number));
        };
    }
    files_.write(
        slot.options.id.text(), [&slot] { return slot.router.book().to_json(); },
        std::move(stored));
}

void DownlinkDesk::perform(DeviceSlot& slot, const action::Submit& submit) {
    Command command;
    command.number = submit.number;
    command.kind = Command::Kind::write;
    command.device = slot.number;
    command.points = submit.points;
    command.expires = submit.expires;
    with_.host.submit(slot.options.input, std::move(command),
                      [this, alive = std::weak_ptr(alive_), &slot,
                       number = submit.number](const CommandOutcome& outcome) {
                          if (alive.expired()) return;
                          run(slot, slot.router.ended(with_.clock.now(), number, outcome));
                      });
}

/// Ahead of the backlog: who sent the command waits for it.
void DownlinkDesk::perform(DeviceSlot& slot, const action::Answer& answer) {
    Message message{.uplink = slot.options.uplink,
                    .device = slot.options.id,
                    .subtopic = answer.subtopic,
                    .lane = Lane::telemetry,
                    .content_type = ContentType::json,
                    .payload = answer.payload,
                    .time = with_.clock.now(),
                    .drain = Drain::live_first};
    queue::Accepted settled;
    if (!answer.identity.empty()) {
        settled = [this, alive = std::weak_ptr(alive_), &slot,
                   identity = answer.identity](queue::Acceptance acceptance) {
            if (alive.expired() || acceptance != queue::Acceptance::durable) return;
            run(slot, slot.router.told(identity));
        };
    }
    Result<> taken = mapping::check_payload(message, slot.most_bytes);
    if (taken) {
        const auto appended = with_.queue.append(std::move(message), std::move(settled));
        if (!appended) taken = appended.error();
    }
    if (taken) return;
    with_.log.error("message.refused", taken.error().text(), {{"device", slot.options.id.text()}});
}

void DownlinkDesk::perform(DeviceSlot& slot, const action::Tell& tell) {
    const std::string sentence =
        fmt::format("command of device {}: {}", slot.options.id.text(), tell.sentence);
    const std::initializer_list<LogField> fields{{"device", slot.options.id.text()}};
    if (tell.good) {
        with_.log.info("command.outcome", sentence, fields);
    } else {
        with_.log.warning("command.outcome", sentence, fields);
    }
}

json::object DownlinkDesk::figures(const DeviceId& device) const {
    const auto found = slots_.find(device);
    if (found == slots_.end()) return {};
    const downlink::RouterFigures& figures = found->second->router.figures();
    if (found->second->options.commands.empty() && figures.received == 0) return {};
    return {{"received", figures.received}, {"written", figures.written},
            {"refused", figures.refused},   {"expired", figures.expired},
            {"failed", figures.failed},     {"duplicates", figures.duplicates},
            {"repeated", figures.repeated}, {"unanswered", figures.unanswered}};
}

}  // namespace fieldway::app
