#include "app/queue_desk.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/queue_json.h"
#include "base/nearest_name.h"
#include "queue/browser.h"

namespace fieldway::app {

namespace json = boost::json;

namespace {

/// Empty where there is none.
std::string text_in(const json::object& request, std::string_view name) {
    const json::value* value = request.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->get_string())
                                                  : std::string();
}

Result<std::uint64_t> number_in(const json::object& request, std::string_view name,
                                std::optional<std::uint64_t> otherwise) {
    const json::value* value = request.if_contains(name);
    if (value == nullptr && otherwise) return *otherwise;
    boost::system::error_code error;
    const auto number = value == nullptr ? 0 : value->to_number<std::uint64_t>(error);
    if (value == nullptr || error) {
        return Error::drop_item("a request of the queue has no whole number `" + std::string(name) +
                                "`");
    }
    return number;
}

Payloads payloads_in(const json::object& request) {
    const json::value* wanted = request.if_contains("payloads");
    return wanted != nullptr && wanted->is_bool() && wanted->get_bool() ? Payloads::whole
                                                                        : Payloads::size;
}

template <class T, std::size_t N>
std::optional<T> named(std::string_view name, const std::array<T, N>& all) {
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const T value) { return name_of(value) == name; });
    return found == all.end() ? std::nullopt : std::optional(*found);
}

Result<queue::StreamKey> key_in(const json::object& request) {
    const auto device = DeviceId::parse(text_in(request, "device"));
    if (!device) return device.error();
    const std::string lane_name = text_in(request, "lane");
    const auto lane = named(lane_name, all_lanes);
    if (!lane) return Error::drop_item("there is no lane `" + lane_name + "`");
    const std::string drain_name = text_in(request, "drain");
    const auto drain = named(drain_name, std::array{Drain::in_order, Drain::live_first});
    if (!drain) return Error::drop_item("there is no drain `" + drain_name + "`");
    return queue::StreamKey{text_in(request, "uplink"), *device, *lane, *drain};
}

/// The streams behind `after` in which something waits, at most a page of them.
json::value stream_page(std::vector<queue::StreamView> streams,
                        const std::optional<queue::StreamKey>& after) {
    std::erase_if(streams, [&](const queue::StreamView& stream) {
        return stream.records == 0 || (after && stream.key <= *after);
    });
    std::sort(streams.begin(), streams.end(),
              [](const auto& a, const auto& b) { return a.key < b.key; });
    json::object page;
    if (streams.size() > QueueDesk::most_streams) {
        page["next"] = key_json(streams[QueueDesk::most_streams - 1].key);
        streams.resize(QueueDesk::most_streams, streams.front());
    }
    json::array& list = page["streams"].emplace_array();
    for (const queue::StreamView& stream : streams)
        list.push_back(stream_json(stream));
    return page;
}

json::value record_page(const queue::Browser::Page& found, WallTime now, Payloads payloads) {
    json::object page;
    json::array list;
    std::size_t bytes = 0;
    std::optional<Sequence> next = found.next;
    for (const auto& record : found.records) {
        list.push_back(record_json(*record, now, payloads));
        if (payloads == Payloads::whole) bytes += record->message.payload.size();
        if (bytes >= QueueDesk::most_payload_bytes && record != found.records.back()) {
            next = record->sequence;
            break;
        }
    }
    page["records"] = std::move(list);
    if (next) page["next"] = *next;
    return page;
}

/// Only an empty page says that there are no more: a store may give fewer than it was asked for.
json::value letter_page(const std::vector<queue::DeadLetter>& found, WallTime now,
                        Payloads payloads) {
    json::object page;
    json::array list;
    std::size_t bytes = 0;
    for (const queue::DeadLetter& letter : found) {
        list.push_back(dead_letter_json(letter, now, payloads));
        page["next"] = letter.number;
        if (payloads == Payloads::whole) bytes += letter.record->message.payload.size();
        if (bytes >= QueueDesk::most_payload_bytes) break;
    }
    page["letters"] = std::move(list);
    return page;
}

Error within_letter(const Error& error, std::uint64_t number) {
    return error.within("dead letter " + std::to_string(number));
}

}  // namespace

void QueueDesk::answer(const json::object& request, Done done) {
    static const std::vector<std::string> known{"figures", "streams", "records",
                                                "dead",    "retry",   "drop"};
    const std::string ask = text_in(request, "ask");
    if (ask == "streams") return streams(request, std::move(done));
    if (ask == "records") return records(request, std::move(done));
    if (ask == "dead") return dead_letters(request, std::move(done));
    if (ask == "figures") {
        return browser_.figures([done = std::move(done)](Result<queue::QueueFigures> figures) {
            if (!figures) return done(figures.error());
            done(json::value(figures_json(*figures)));
        });
    }
    if (ask != "retry" && ask != "drop") {
        const std::string nearest = nearest_name(ask, known);
        return done(Error::drop_item(
            "the queue cannot be asked for `" + ask + "`" +
            (nearest.empty() ? "; it knows figures, streams, records, dead, retry and drop"
                             : "; did you mean " + nearest + "?")));
    }
    const auto number = number_in(request, "number", std::nullopt);
    if (!number) return done(number.error());
    if (ask == "retry") {
        browser_.retry_dead(*number,
                            [number = *number, done = std::move(done)](Result<Sequence> sequence) {
                                if (!sequence) return done(within_letter(sequence.error(), number));
                                done(json::value{{"number", number}, {"sequence", *sequence}});
                            });
    } else {
        browser_.drop_dead(
            *number, [number = *number, done = std::move(done)](Result<std::monostate> dropped) {
                if (!dropped) return done(within_letter(dropped.error(), number));
                done(json::value{{"number", number}});
            });
    }
}

void QueueDesk::streams(const json::object& request, Done done) {
    std::optional<queue::StreamKey> after;
    if (const json::value* key = request.if_contains("after")) {
        if (!key->is_object()) {
            return done(Error::drop_item("`after` is uplink, device, lane and drain of a stream"));
        }
        auto parsed = key_in(key->get_object());
        if (!parsed) return done(parsed.error());
        after = std::move(*parsed);
    }
    browser_.streams([after = std::move(after),
                      done = std::move(done)](Result<std::vector<queue::StreamView>> streams) {
        if (!streams) return done(streams.error());
        done(stream_page(std::move(*streams), after));
    });
}

void QueueDesk::records(const json::object& request, Done done) {
    const auto key = key_in(request);
    if (!key) return done(key.error());
    const auto after = number_in(request, "after", 0);
    if (!after) return done(after.error());
    browser_.records(*key, *after, most_records,
                     [now = clock_.wall(), payloads = payloads_in(request),
                      done = std::move(done)](Result<queue::Browser::Page> page) {
                         if (!page) return done(page.error());
                         done(record_page(*page, now, payloads));
                     });
}

void QueueDesk::dead_letters(const json::object& request, Done done) {
    const auto after = number_in(request, "after", 0);
    if (!after) return done(after.error());
    browser_.dead_letters(*after, most_letters,
                          [now = clock_.wall(), payloads = payloads_in(request),
                           done = std::move(done)](Result<std::vector<queue::DeadLetter>> found) {
                              if (!found) return done(found.error());
                              done(letter_page(*found, now, payloads));
                          });
}

}  // namespace fieldway::app
