#include "transcript.h"

#include <algorithm>
#include <chrono>
#include <deque>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>
#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/json_text.h"
#include "base/quantity_text.h"
#include "base/value.h"
#include "modbus/line_exchange.h"
#include "modbus/option_parts.h"
#include "modbus/poller.h"
#include "support/manual_clock.h"

namespace fieldway::modbus::test {
namespace {

namespace json = boost::json;

/// Of the schedule: whatever is due is due by then.
constexpr Duration patience = std::chrono::hours(2);

std::vector<std::string> words_of(const std::string& line) {
    std::istringstream in(line.substr(0, line.find('#')));
    std::vector<std::string> words;
    for (std::string word; in >> word;)
        words.push_back(word);
    return words;
}

/// `key=value` words as options, where `any` gives what a table would preset.
json::object options_of(const std::vector<std::string>& words, std::size_t first,
                        json::object presets) {
    for (std::size_t i = first; i < words.size(); ++i) {
        const std::size_t equals = words[i].find('=');
        const std::string key = words[i].substr(0, equals);
        const std::string value = words[i].substr(std::min(equals, words[i].size() - 1) + 1);
        if (const auto duration = parse_duration(value)) {
            presets[key] = duration->count();
        } else {
            boost::system::error_code error;
            json::value number = json::parse(value, error);
            presets[key] = error ? json::value(value) : number;
        }
    }
    return presets;
}

json::object presets_of(const OptionTable& table) {
    json::object presets;
    for (const Option& option : table) {
        if (!option.preset.is_null()) presets[option.name] = option.preset;
    }
    return presets;
}

class Player {
  public:
    Result<> read(const std::string& text) {
        const std::vector<std::string> words = words_of(text);
        if (words.empty()) return {};
        if (words[0] == "line") return set_line(words);
        if (words[0] == "point") return add_point(words);
        if (words[0] == "write") return write(words);
        if (words[0] == "break") return break_line(text.substr(text.find("break") + 6));
        if (words[0] == ">") return expect_sent(joined(words, 1));
        std::size_t at = 0;
        if (words[0].starts_with("+")) {
            const auto time = parse_duration(words[0].substr(1));
            if (!time) return Error::drop_item(words[0] + " is no time");
            start();
            pump(clock_.monotonic() + *time);
            if (!sent_.empty()) return Error::drop_item("meanwhile this is sent: " + sent_.front());
            at = 1;
        }
        if (at == words.size()) return {};
        if (words[at] != "<") return Error::drop_item("nobody knows what " + words[at] + " is");
        return hear(joined(words, at + 1));
    }

    Result<std::vector<std::string>> end() {
        if (!sent_.empty()) return Error::drop_item("this was sent too: " + sent_.front());
        json::object figures;
        const auto add = [&figures](const char* name, const std::atomic<std::uint64_t>& figure) {
            if (figure != 0) figures[name] = figure.load();
        };
        add("late", figures_.late);
        add("foreign", figures_.foreign);
        add("mismatched", figures_.mismatched);
        add("damaged", figures_.damaged);
        add("echoes", figures_.echoes);
        add("garbage", figures_.garbage);
        tell({{"figures", std::move(figures)}});
        return std::move(told_);
    }

  private:
    static std::string joined(const std::vector<std::string>& words, std::size_t first) {
        std::string text;
        for (std::size_t i = first; i < words.size(); ++i)
            text += words[i];
        return text;
    }

    Result<> set_line(const std::vector<std::string>& words) {
        if (words.size() < 2) return Error::drop_item("a line has a kind: rtu, tcp");
        json::object options = options_of(words, 2, presets_of(option_tables().input));
        options["url"] =
            words[1] == "rtu" || words[1] == "ascii" ? words[1] + ":/dev/x" : words[1] + "://h:502";
        Result<LineOptions> line = read_line(options);
        if (!line) return line.error();
        line_ = *line;
        return {};
    }

    Result<> add_point(const std::vector<std::string>& words) {
        if (words.size() < 2) return Error::drop_item("a point has a name");
        InputPoint point;
        point.name = words[1];
        point.options = options_of(words, 2, presets_of(option_tables().point));
        const auto unit = optional_of<std::uint8_t>(point.options, "unit").value_or(1);
        point.every = optional_of<Duration>(point.options, "every")
                          .value_or(Duration(std::chrono::seconds(10)));
        point.writable = optional_of<bool>(point.options, "writable").value_or(false);
        DeviceOptions& device = devices_[unit];
        device.unit = unit;
        device.number = unit;
        device.id = "unit " + std::to_string(unit);
        point.number = static_cast<std::uint32_t>(device.points.size());
        Result<PointOptions> options = read_point(point);
        if (!options) return options.error();
        device.points.push_back(std::move(*options));
        return {};
    }

    void start() {
        if (poller_) return;
        exchange_ = make_exchange(line_, 1, figures_);
        exchange_->reset(clock_.monotonic());
        poller_ = std::make_unique<Poller>(line_, Random(1));
        std::vector<DeviceOptions> devices;
        for (const auto& entry : devices_)
            devices.push_back(entry.second);
        poller_->apply(1, devices, clock_.monotonic(), out_);
        poller_->line_up(clock_.monotonic(), out_);
        take();
    }

    Result<> write(const std::vector<std::string>& words) {
        start();
        wire::Command command;
        command.kind = wire::CommandKind::write;
        command.expires = clock_.monotonic() + patience;
        for (const auto& [unit, device] : devices_) {
            for (const PointOptions& point : device.points) {
                if (words.size() != 3 || point.name != words[1]) continue;
                command.device = unit;
                const json::value value = json::parse(words[2]);
                command.points.push_back(
                    {point.number, "",
                     value.is_bool() ? Value(value.get_bool()) : Value(value.to_number<double>())});
            }
        }
        if (command.points.empty()) return Error::drop_item("write names a point and a number");
        poller_->submit(1, command, clock_.monotonic(), out_);
        take();
        return {};
    }

    Result<> break_line(const std::string& reason) {
        start();
        exchange_->reset(clock_.monotonic());
        if (poller_->in_flight()) {
            Reply reply;
            reply.kind = Reply::Kind::lost;
            reply.reason = reason;
            reply.time = clock_.now();
            poller_->done(reply, out_);
        }
        take();
        return {};
    }

    Result<> expect_sent(std::string wanted) {
        start();
        std::transform(wanted.begin(), wanted.end(), wanted.begin(),
                       [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        pump(clock_.monotonic() + patience, true);
        if (sent_.empty()) return Error::drop_item("nothing is sent");
        const std::string sent = sent_.front();
        sent_.pop_front();
        if (sent != wanted) return Error::drop_item("this is sent: " + sent);
        return {};
    }

    Result<> hear(const std::string& hex) {
        const auto bytes = bytes_from_hex(hex);
        if (!bytes) return Error::drop_item(hex + " is no hexadecimal");
        start();
        const Result<> taken = exchange_->received(*bytes, clock_.now());
        for (const LateAnswer& late : exchange_->take_late())
            poller_->late_answer_seen(late.unit, late.pdu, clock_.monotonic(), out_);
        if (!taken) return break_line(taken.error().sentence());
        take_reply();
        return {};
    }

    bool take_reply() {
        const auto reply = exchange_->poll(clock_.now());
        if (!reply) return false;
        poller_->done(*reply, out_);
        take();
        return true;
    }

    /// As the drivers do it; ends early with the first frame when `until_sent`.
    void pump(MonotonicTime end, bool until_sent = false) {
        while (!(until_sent && !sent_.empty())) {
            MonotonicTime again = end;
            if (!exchange_->busy()) {
                const Step step = poller_->next(clock_.now(), out_);
                take();
                if (step.request) {
                    exchange_->begin(*step.request, step.timeout, clock_.monotonic());
                } else {
                    again = step.again;
                }
            }
            if (const auto frame = exchange_->frame_to_send(clock_.monotonic()))
                sent_.push_back(to_hex(*frame));
            if (take_reply()) continue;
            if (until_sent && !sent_.empty()) return;
            const MonotonicTime next = std::min({again, exchange_->wake(), end});
            if (clock_.monotonic() >= end) return;
            clock_.advance(std::max<Duration>(next - clock_.monotonic(), Duration(1)));
        }
    }

    void tell(const json::object& line) { told_.push_back(to_json_text(line)); }

    void take() {
        for (const auto& told : out_.states) {
            if (!told.state.of_device) continue;
            json::object line{{"unit", told.state.device},
                              {"state", wire::name_of(told.state.state)}};
            if (!told.state.reason.empty()) line["reason"] = told.state.reason;
            tell(line);
        }
        for (const auto& told : out_.readings) {
            const DeviceOptions& device =
                devices_.at(static_cast<std::uint8_t>(told.readings.device));
            for (const wire::Reading& reading : told.readings.readings) {
                json::object line{{"point", device.points.at(reading.point).name}};
                if (reading.bad) {
                    line["error"] = told.readings.reason;
                } else {
                    line["value"] = json::parse(to_json_text(reading.value));
                }
                tell(line);
            }
        }
        for (const auto& told : out_.outcomes) {
            json::object line{{"outcome", told.outcome.status == wire::OutcomeStatus::done
                                              ? "done"
                                              : told.outcome.reason}};
            tell(line);
        }
        for (const auto& note : out_.notes)
            tell({{"note", note.sentence}});
        out_.clear();
    }

    LineOptions line_;
    std::map<std::uint8_t, DeviceOptions> devices_;
    fieldway::test::ManualClock clock_;
    LineFigures figures_;
    std::unique_ptr<Exchange> exchange_;
    std::unique_ptr<Poller> poller_;
    PollerOutput out_;
    std::deque<std::string> sent_;
    std::vector<std::string> told_;
};

}  // namespace

Result<std::vector<std::string>> play_transcript(const std::filesystem::path& file) {
    std::ifstream in(file);
    if (!in) return Error::drop_item(file.string() + " cannot be read");
    Player player;
    int number = 0;
    for (std::string line; std::getline(in, line);) {
        ++number;
        if (const Result<> read = player.read(line); !read) {
            return Error::drop_item(fmt::format("line {}: {}", number, read.error().text()));
        }
    }
    return player.end();
}

}  // namespace fieldway::modbus::test
