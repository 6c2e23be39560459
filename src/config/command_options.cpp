#include "config/command_options.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "config/choice.h"
#include "config/names.h"

namespace fieldway::config {

namespace {

using namespace std::chrono_literals;
using enum OptionType;

constexpr std::string_view configuration_subtopic = "config";
constexpr std::array kinds{Choice<bool>{"command", false}, Choice<bool>{"configuration", true}};

/// Makes one entry of `commands`; its words for places and verdicts.
class CommandMaker {
  public:
    CommandMaker(std::string path, const CheckedMap& device,
                 const std::vector<PointOptions>& points, Diagnostics& diagnostics)
        : path_(std::move(path)), device_(device), points_(points), diagnostics_(diagnostics) {}

    CommandOptions make(const boost::json::object& values) {
        CommandOptions command;
        command.subtopic = option_of<std::string>(values, "subtopic");
        command.reply = option_of<std::string>(values, "reply");
        command.expires = option_of<Duration>(values, "expires");
        command.configuration = values.contains("kind") && sound("kind")
                                    ? chosen(kinds, values.at("kind"))
                                    : command.subtopic == configuration_subtopic;
        check_subtopic("subtopic", command.subtopic);
        check_subtopic("reply", command.reply);
        if (const auto* names = values.if_contains("points")) {
            for (const auto& name : names->as_array())
                command.points.emplace_back(name.as_string());
            check_named(command.points);
        } else {
            take_writable(command.points);
        }
        return command;
    }

  private:
    [[nodiscard]] bool sound(const std::string& key) const {
        return device_.sound(path_ + "." + key);
    }
    void error(const std::string& key, std::string sentence) {
        diagnostics_.error(device_.place(path_ + "." + key), std::move(sentence));
    }

    void check_subtopic(const std::string& key, const std::string& text) {
        std::string why = why_no_subtopic(text);
        if (why.empty() || !sound(key)) return;
        constexpr std::string_view subtopic = "subtopic";
        why.replace(0, subtopic.size(), key);  // the sentence begins with it
        error(key, why);
    }

    void take_writable(std::vector<std::string>& names) {
        for (const PointOptions& point : points_) {
            if (point.writable) names.push_back(point.name);
        }
        if (names.empty()) {
            diagnostics_.error(device_.place(path_),
                               "the device has no writable point, so there is nothing to command; "
                               "declare one (writable: true)");
        }
        for (const std::string& name : names)
            check_reserved("points", name);
    }

    void check_named(const std::vector<std::string>& names) {
        if (names.empty() && sound("points")) {
            error("points",
                  "points is an empty list; name points, or remove the key for all that are "
                  "writable");
        }
        std::vector<std::string> known;
        for (const PointOptions& point : points_)
            known.push_back(point.name);
        for (std::size_t i = 0; i < names.size(); ++i) {
            const std::string key = "points." + std::to_string(i);
            const auto at = names.begin() + static_cast<std::ptrdiff_t>(i);
            const auto point = std::find(known.begin(), known.end(), names[i]);
            if (std::find(names.begin(), at, names[i]) != at) {
                error(key, "the point " + shown_text(names[i]) + " stands twice");
            } else if (point == known.end()) {
                error(key, "there is no point " + shown_text(names[i]) + hint_of(names[i], known));
            } else if (!points_[static_cast<std::size_t>(point - known.begin())].writable) {
                error(key, "the point " + shown_text(names[i]) +
                               " is not writable; set writable: true where it is declared, or take "
                               "it out");
            } else {
                check_reserved(key, names[i]);
            }
        }
    }

    void check_reserved(const std::string& key, const std::string& name) {
        if (name != command_id_key) return;
        error(key, "the point " + shown_text(name) +
                       " cannot be written by a command, where the name stands for the command's "
                       "own id; rename the point");
    }

    const std::string path_;
    const CheckedMap& device_;
    const std::vector<PointOptions>& points_;
    Diagnostics& diagnostics_;
};

}  // namespace

OptionTable command_table() {
    return {
        option("subtopic", text,
               "which downlinks it is about: the levels below the device's downlink topic; \"\" is "
               "that topic itself")
            .preset("commands")
            .within(0, 256),
        option("points", texts,
               "the points that it may write, all in one command or some; all writable ones when "
               "it is not given"),
        option("reply", text,
               "the uplink subtopic of the outcome: written and verified, refused, expired, "
               "failed; \"\": counted and logged alone")
            .preset("downlink_ack")
            .within(0, 256),
        option("expires", duration,
               "how long after its arrival a command may begin; what has not is told as expired")
            .preset(30s)
            .within(100ms, 24h),
        option("kind", choice,
               "a configuration is sent again and again (at each connect, say) and applied once by "
               "its content; configuration when the subtopic is config, command otherwise")
            .choices(words_of(kinds)),
    };
}

std::vector<CommandOptions> make_commands(const CheckedMap& device,
                                          const std::vector<PointOptions>& points,
                                          Diagnostics& diagnostics) {
    std::vector<CommandOptions> commands;
    const auto* entries = device.values.if_contains("commands");
    if (entries == nullptr) return commands;
    std::map<std::string, std::size_t> first_of;
    for (std::size_t i = 0; i < entries->as_array().size(); ++i) {
        const std::string path = "commands." + std::to_string(i);
        commands.push_back(CommandMaker(path, device, points, diagnostics)
                               .make(entries->as_array()[i].as_object()));
        const std::string& subtopic = commands.back().subtopic;
        const auto [first, is_new] = first_of.emplace(subtopic, i);
        if (is_new || !device.sound(path + ".subtopic")) continue;
        const Place other = device.place("commands." + std::to_string(first->second));
        diagnostics.error(device.place(path + ".subtopic"),
                          "the subtopic " + shown_text(subtopic) +
                              " has a command already, at line " + std::to_string(other.line) +
                              "; put the points together, or name another subtopic");
    }
    return commands;
}

}  // namespace fieldway::config
