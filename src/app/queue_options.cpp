#include <CLI/CLI.hpp>

#include "app/common_options.h"
#include "app/queue_verbs.h"
#include "base/nearest_name.h"
#include "flow/message.h"

namespace fieldway::app {

namespace {

using Verb = int (*)(const CommonArguments&, const QueueArguments&);

/// "" when there is a lane of that name.
std::string why_no_lane(const std::string& word) {
    std::vector<std::string> lanes;
    for (const Lane lane : all_lanes) {
        if (word == name_of(lane)) return "";
        lanes.emplace_back(name_of(lane));
    }
    const std::string nearest = nearest_name(word, lanes);
    return "there is no lane " + word +
           (nearest.empty() ? "; there are alarm, telemetry and bulk"
                            : "; did you mean " + nearest + "?");
}

/// Builds the verbs below one.
struct Builder {
    CommonArguments& common;
    QueueArguments& arguments;
    std::function<int()>& chosen;

    CLI::App* verb(CLI::App& above, const char* name, const char* tells, Verb run) const {
        CLI::App* verb = above.add_subcommand(name, tells);
        add_config(verb, common);
        add_control(verb, common);
        verb->add_option("--state", arguments.state,
                         "the state_dir of a gateway that is stopped, to look into its store")
            ->type_name("DIR")
            ->excludes("--control");
        verb->callback([builder = *this, run] {
            builder.chosen = [builder, run] { return run(builder.common, builder.arguments); };
        });
        return verb;
    }

    void filters(CLI::App* verb) const {
        verb->add_option("--device", arguments.filter.device, "only of this device")
            ->type_name("ID");
        verb->add_option("--uplink", arguments.filter.uplink, "only for this uplink")
            ->type_name("NAME");
        verb->add_option("--lane", arguments.filter.lane,
                         "only of this lane: alarm, telemetry or bulk")
            ->type_name("LANE")
            ->check(CLI::Validator(why_no_lane, "", ""));
        verb->add_option("--most", arguments.filter.most, "no more than so many")->type_name("N");
    }

    void letters(CLI::App* verb) const {
        auto* numbers = verb->add_option("NUMBER", arguments.numbers, "as `dead list` tells them");
        verb->add_flag("--all", arguments.all, "every dead letter that there is now")
            ->excludes(numbers);
        add_json(verb, common);
    }
};

}  // namespace

void add_queue_verbs(CLI::App& program, CommonArguments& common, QueueArguments& arguments,
                     std::function<int()>& chosen) {
    const Builder builder{common, arguments, chosen};
    auto* queue =
        program.add_subcommand("queue", "show what waits for the broker, and dead letters");
    queue->require_subcommand(1);

    auto* stats = builder.verb(*queue, "stats", "figures: the whole, each lane, each stream",
                               queue_stats_verb);
    add_json(stats, common);

    auto* list = builder.verb(*queue, "list", "a line for each waiting message", queue_list_verb);
    builder.filters(list);
    add_json(list, common);

    auto* exported = builder.verb(*queue, "export",
                                  "waiting messages with their payloads as JSON lines; nothing is "
                                  "taken out",
                                  queue_export_verb);
    builder.filters(exported);
    exported->add_option("-o,--output", arguments.output, "the file (default: standard output)")
        ->type_name("FILE");

    auto* dead = queue->add_subcommand("dead", "messages that the broker refused for good");
    dead->require_subcommand(1);
    auto* dead_list =
        builder.verb(*dead, "list", "a line for each dead letter", queue_dead_list_verb);
    add_json(dead_list, common);
    builder.letters(builder.verb(*dead, "retry", "put them at the end of their queue again",
                                 queue_dead_retry_verb));
    builder.letters(builder.verb(*dead, "drop", "delete them for good", queue_dead_drop_verb));
}

}  // namespace fieldway::app
