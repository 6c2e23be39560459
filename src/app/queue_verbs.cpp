#include "app/queue_verbs.h"

#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <boost/json.hpp>

#include "app/configuration.h"
#include "app/queue_source.h"
#include "app/queue_table.h"
#include "app/queue_walk.h"
#include "app/result_output.h"
#include "base/json_text.h"

namespace fieldway::app {

namespace json = boost::json;

namespace {

int fail(const Error& error) {
    std::cerr << "fieldway: " << error.text() << '\n';
    return exit_failed;
}

/// The status of a verb that printed: what it asked and what it wrote must both have worked.
int status_of(const Result<>& asked, ResultOutput& out) {
    const auto written = out.finish();
    if (!asked) return fail(asked.error());
    return written ? exit_done : fail(written.error());
}

Result<std::unique_ptr<QueueSource>> source_of(const CommonArguments& common,
                                               const QueueArguments& arguments) {
    if (!arguments.state.empty()) return QueueSource::stopped(arguments.state);
    return QueueSource::running(common.control.empty() ? places_of(common.config).control_socket
                                                       : common.control);
}

/// Runs a verb on the queue that was asked for.
template <class Work>
int with_source(const CommonArguments& common, const QueueArguments& arguments, const Work& work) {
    auto source = source_of(common, arguments);
    if (!source) return fail(source.error());
    const int status = work(**source);
    if (auto closed = (*source)->close(); !closed) return fail(closed.error());
    return status;
}

/// Lines below a heading, which is printed with the first of them; with --json objects alone.
class Listing {
  public:
    using Line = std::string (*)(const json::object&);

    Listing(ResultOutput& out, bool as_json, std::string heading, Line line)
        : out_(out), json_(as_json), heading_(std::move(heading)), line_(line) {}
    bool operator()(const json::object& element) {
        if (json_) return out_.write(to_json_text(element) + '\n');
        return out_.write(std::exchange(heading_, "") + line_(element));
    }

  private:
    ResultOutput& out_;
    bool json_;
    std::string heading_;
    Line line_;
};

int export_records(QueueSource& source, const QueueArguments& arguments, ResultOutput& out) {
    out.begin();
    const auto walked = each_record(source, arguments.filter, true, [&](json::object& record) {
        record.erase("age_s");  // of the moment, not of the message
        return out.write(to_json_text(record) + '\n');
    });
    if (!walked) return status_of(walked.error(), out);
    if (!walked->remark.empty()) std::cerr << "fieldway: " << walked->remark << '\n';
    const int status = status_of({}, out);
    if (status == exit_done && !arguments.output.empty()) {
        std::cout << walked->records << " messages written to " << arguments.output.string()
                  << '\n';
    }
    return status;
}

Result<std::vector<std::uint64_t>> letters_of(QueueSource& source,
                                              const QueueArguments& arguments) {
    if (!arguments.all) return arguments.numbers;
    std::vector<std::uint64_t> numbers;
    auto walked = walk_pages(source, {{"ask", "dead"}}, "letters", [&](const json::object& letter) {
        numbers.push_back(letter.at("number").to_number<std::uint64_t>());
        return true;
    });
    if (!walked) return walked.error();
    return numbers;
}

void tell_change(bool as_json, std::uint64_t number, const Result<json::value>& done) {
    const json::value* sequence = done ? done->as_object().if_contains("sequence") : nullptr;
    if (as_json) {
        json::object line{{"number", number}, {"done", done.has_value()}};
        if (sequence != nullptr) line["sequence"] = *sequence;
        if (!done) line["error"] = done.error().text();
        std::cout << to_json_text(line) << '\n';
    } else if (!done) {
        fail(done.error());
    } else if (sequence != nullptr) {
        std::cout << number << ": waits again at the end of its stream, sequence "
                  << to_json_text(*sequence) << '\n';
    } else {
        std::cout << number << ": dropped\n";
    }
}

/// One letter after the other; one that cannot be helped does not stop the others.
int change_letters(QueueSource& source, bool as_json, const QueueArguments& arguments,
                   const char* ask) {
    const auto numbers = letters_of(source, arguments);
    if (!numbers) return fail(numbers.error());
    int status = exit_done;
    for (const std::uint64_t number : *numbers) {
        const auto done = source.ask({{"ask", ask}, {"number", number}});
        tell_change(as_json, number, done);
        if (done) continue;
        status = exit_failed;
        if (done.error().consequence() == Consequence::retry) break;  // nobody answers any more
    }
    std::cout.flush();
    return status;
}

int change_letters_verb(const CommonArguments& common, const QueueArguments& arguments,
                        const char* ask) {
    if (arguments.numbers.empty() && !arguments.all) {
        std::cerr << "fieldway: name the numbers of dead letters (`fieldway queue dead list` tells "
                     "them), or --all\n";
        return exit_configuration;
    }
    return with_source(common, arguments, [&](QueueSource& source) {
        return change_letters(source, common.json, arguments, ask);
    });
}

}  // namespace

int queue_stats_verb(const CommonArguments& common, const QueueArguments& arguments) {
    return with_source(common, arguments, [&](QueueSource& source) {
        const auto all = queue_stats(source);
        if (!all) return fail(all.error());
        ResultOutput out;
        out.write(common.json ? to_json_text(*all) + '\n' : queue_table(*all));
        return status_of({}, out);
    });
}

int queue_list_verb(const CommonArguments& common, const QueueArguments& arguments) {
    return with_source(common, arguments, [&](QueueSource& source) {
        ResultOutput out;
        const auto walked = each_record(source, arguments.filter, false,
                                        Listing(out, common.json, record_heading(), record_line));
        if (!walked) return status_of(walked.error(), out);
        if (!walked->remark.empty()) std::cerr << "fieldway: " << walked->remark << '\n';
        return status_of({}, out);
    });
}

int queue_export_verb(const CommonArguments& common, const QueueArguments& arguments) {
    // Before a store is opened: that may cost the rights to write here (queue_source.h).
    auto out = arguments.output.empty() ? Result<ResultOutput>(ResultOutput())
                                        : ResultOutput::to_file(arguments.output);
    if (!out) return fail(out.error());
    return with_source(common, arguments, [&](QueueSource& source) {
        return export_records(source, arguments, *out);
    });
}

int queue_dead_list_verb(const CommonArguments& common, const QueueArguments& arguments) {
    return with_source(common, arguments, [&](QueueSource& source) {
        ResultOutput out;
        const auto walked =
            walk_pages(source, {{"ask", "dead"}, {"payloads", common.json}}, "letters",
                       Listing(out, common.json, letter_heading(), letter_line));
        return status_of(walked, out);
    });
}

int queue_dead_retry_verb(const CommonArguments& common, const QueueArguments& arguments) {
    return change_letters_verb(common, arguments, "retry");
}

int queue_dead_drop_verb(const CommonArguments& common, const QueueArguments& arguments) {
    return change_letters_verb(common, arguments, "drop");
}

}  // namespace fieldway::app
