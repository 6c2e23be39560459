#include "ledger.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include <fmt/format.h>

namespace fieldway::crash {

namespace {

void take_places(std::istream& words, const auto& take) {
    Place place;
    while (words >> place.stream >> place.sequence)
        take(place);
}

/// One line of the ledger, as write() below makes them.
bool take_line(Past& past, const std::string& line) {
    std::istringstream words(line);
    std::string verb;
    words >> verb;
    const auto stream = [&]() -> StreamPast& {
        std::size_t number = 0;
        words >> number;
        return past.streams.at(number);
    };
    if (verb == "run") {
        words >> past.runs;
        for (StreamPast& its : past.streams) {
            its.through = 0;
            its.singles.clear();
        }
    } else if (verb == "reserved") {
        StreamPast& its = stream();
        words >> its.reserved;
    } else if (verb == "give") {
        take_places(words, [&](Place at) {
            past.streams.at(at.stream).given.insert_or_assign(at.sequence, past.runs);
        });
    } else if (verb == "stored") {
        take_places(words,
                    [&](Place at) { past.streams.at(at.stream).stored.insert(at.sequence); });
    } else if (verb == "ack") {
        StreamPast& its = stream();
        its.singles.clear();
        words >> its.through;
        for (Sequence single = 0; words >> single;)
            its.singles.insert(single);
        its.ever_through = std::max(its.ever_through, its.through);
        its.ever_singles.insert(its.singles.begin(), its.singles.end());
    } else if (verb == "durable") {
        for (StreamPast& its : past.streams) {
            its.durable_through = std::max(its.durable_through, its.through);
            its.durable_singles.insert(its.singles.begin(), its.singles.end());
        }
    } else if (verb == "buried") {
        take_places(words, [&](Place at) { past.buried.push_back(at); });
    } else if (verb == "told") {
        StreamPast& its = stream();
        Told loss;
        words >> loss.count >> loss.first >> loss.last;
        its.told.push_back(loss);
    } else {
        return false;
    }
    return true;
}

std::string text_of(std::string_view verb, std::span<const Place> places) {
    std::string line(verb);
    for (const Place& at : places)
        line += fmt::format(" {} {}", at.stream, at.sequence);
    return line;
}

}  // namespace

Past read_ledger(const std::filesystem::path& path, std::size_t streams) {
    Past past;
    past.streams.resize(streams);
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);)
        if (!take_line(past, line))
            throw std::runtime_error(fmt::format("{}: no such line: {}", path.string(), line));
    return past;
}

Ledger::Ledger(const std::filesystem::path& path, Past& past)
    : descriptor_(::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640)),
      past_(past) {
    if (descriptor_ < 0) throw std::runtime_error(path.string() + ": cannot be opened");
}

Ledger::~Ledger() {
    ::close(descriptor_);
}

void Ledger::begin_run() {
    write(fmt::format("run {}", past_.runs + 1));
}

void Ledger::reserved(std::size_t stream, Sequence upto) {
    write(fmt::format("reserved {} {}", stream, upto));
}

void Ledger::give(std::span<const Place> places) {
    write(text_of("give", places));
}

void Ledger::stored(std::span<const Place> places) {
    write(text_of("stored", places));
}

void Ledger::acknowledged(std::size_t stream, Sequence through, const std::set<Sequence>& singles) {
    std::string line = fmt::format("ack {} {}", stream, through);
    for (const Sequence single : singles)
        line += fmt::format(" {}", single);
    write(line);
}

void Ledger::journal_is_durable() {
    write("durable");
}

void Ledger::buried(Place place) {
    write(text_of("buried", {&place, 1}));
}

void Ledger::told(std::size_t stream, const Told& loss) {
    write(fmt::format("told {} {} {} {}", stream, loss.count, loss.first, loss.last));
}

void Ledger::write(const std::string& line) {
    const std::string text = line + "\n";
    if (::write(descriptor_, text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
        std::perror("ledger");
        std::abort();
    }
    take_line(past_, line);
}

}  // namespace fieldway::crash
