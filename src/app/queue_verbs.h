// `fieldway queue ...`: what waits, what cannot be delivered, and what to do about it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <vector>

#include "app/queue_walk.h"
#include "app/verbs.h"

namespace CLI {
class App;
}

namespace fieldway::app {

struct QueueArguments {
    std::filesystem::path state;  ///< --state DIR; empty: the running gateway is asked
    QueueFilter filter;
    std::filesystem::path output;        ///< -o FILE; empty: standard output
    std::vector<std::uint64_t> numbers;  ///< of dead letters
    bool all = false;                    ///< --all of them
};

/// Puts the verb with its own verbs into the command line (queue_options.cpp); the one that is
/// called is put into `chosen`.
void add_queue_verbs(CLI::App& program, CommonArguments& common, QueueArguments& arguments,
                     std::function<int()>& chosen);

int queue_stats_verb(const CommonArguments& common, const QueueArguments& arguments);
int queue_list_verb(const CommonArguments& common, const QueueArguments& arguments);
int queue_export_verb(const CommonArguments& common, const QueueArguments& arguments);
int queue_dead_list_verb(const CommonArguments& common, const QueueArguments& arguments);
int queue_dead_retry_verb(const CommonArguments& common, const QueueArguments& arguments);
int queue_dead_drop_verb(const CommonArguments& common, const QueueArguments& arguments);

}  // namespace fieldway::app
