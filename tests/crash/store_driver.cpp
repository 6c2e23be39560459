// A program on a store, to be killed, starved and cut off. Single-threaded, so that its k-th call
// to the file system is the same one each time.
//
//     store_driver SEED FOLDER LEDGER [STEPS]     opens, verifies, does so many steps of its script
//     store_driver SEED FOLDER LEDGER commands    the same, then obeys lines of standard input
//
// Prints one JSON object (and one for each command). Exit status: 0 promises kept, 1 broken ones
// (told in "problems"), 3 the store is held by another process.
#include <charconv>
#include <iostream>
#include <sstream>
#include <string>

#include <boost/json.hpp>

#include "script.h"

namespace json = boost::json;
using namespace fieldway;
using namespace fieldway::crash;

namespace {

constexpr int held_by_another = 3;

std::string name_of(queue::Committed outcome) {
    switch (outcome) {
        case queue::Committed::stored:
            return "stored";
        case queue::Committed::full:
            return "full";
        case queue::Committed::degraded:
            return "degraded";
    }
    return "unknown";
}

void tell(const Script& script, json::object more = {}) {
    const Seen& seen = script.seen();
    const queue::StoreFigures figures = script.figures();
    const Verdict& verdict = script.verdict();
    more["problems"] = json::value_from(script.problems());
    more["accepted"] = verdict.accepted;
    more["waiting"] = verdict.waiting;
    more["in_gaps"] = verdict.in_gaps;
    more["again"] = verdict.again;
    more["dead_gone"] = verdict.dead_gone;
    more["opens"] = seen.opens;
    more["commits"] = seen.commits;
    more["stored"] = seen.stored;
    more["full"] = seen.full;
    more["losses"] = seen.losses;
    more["findings"] = json::value_from(seen.findings);
    more["sentences"] = json::value_from(seen.sentences);
    more["degraded"] = figures.degraded;
    more["reason"] = figures.reason;
    more["file_bytes"] = figures.file_bytes;
    more["segments"] = figures.segments;
    more["rewritten_segments"] = figures.rewritten_segments;
    more["gaps"] = script.gaps().size();
    more["max_bytes"] = script.limits().max_bytes;
    more["drops_newest"] = script.limits().when_full == config::WhenFull::drop_newest;
    std::cout << json::serialize(more) << std::endl;
}

bool obey(Script& script, const std::string& line) {
    std::istringstream words(line);
    std::string verb;
    std::string lane;
    std::uint64_t number = 0;
    words >> verb;
    if (verb == "steps") {
        words >> number;
        script.steps(number);
        tell(script);
    } else if (verb == "commit") {
        words >> lane >> number;
        for (const Lane each : all_lanes)
            if (fieldway::name_of(each) == lane)
                tell(script, {{"outcome", name_of(script.commit(each, number))}});
    } else if (verb == "maintain") {
        words >> number;
        script.maintain(std::chrono::seconds(number));
        tell(script);
    } else if (verb == "flush") {
        tell(script, {{"outcome", name_of(script.flush())}});
    } else if (verb == "acknowledge") {
        script.acknowledge_everything();
        tell(script);
    } else if (verb == "compare") {
        script.compare();
        tell(script);
    } else {
        return false;
    }
    return true;
}

int run(const std::vector<std::string>& words) {
    const Scenario scenario(std::stoull(words[0]));
    Past past = read_ledger(words[2], scenario.streams().size());
    Ledger ledger(words[2], past);
    Script script(scenario, words[1], past, ledger);
    if (const auto opened = script.open(); opened.has_error()) {
        std::cerr << opened.error().text() << "\n";
        return held_by_another;
    }
    if (words.size() == 4 && words[3] == "commands") {
        tell(script);
        for (std::string line; std::getline(std::cin, line);)
            if (!obey(script, line)) std::cerr << "no such command: " << line << "\n";
    } else {
        if (words.size() == 4) script.steps(std::stoull(words[3]));
        tell(script);
    }
    return script.problems().empty() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    const std::vector<std::string> words(argv + 1, argv + argc);
    if (words.size() < 3 || words.size() > 4) {
        std::cerr << "store_driver SEED FOLDER LEDGER [STEPS | commands]\n";
        return 2;
    }
    return run(words);
}
