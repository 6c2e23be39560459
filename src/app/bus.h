// A bus that a person names by its url: the plugin that knows it, and one probe of it.
#pragma once

#include <string>
#include <vector>

#include <boost/json.hpp>

#include "app/verbs.h"
#include "base/error.h"
#include "input/library.h"
#include "plugin_api/options.h"
#include "plugin_api/probe.h"

namespace fieldway::app {

struct Bus {
    input::PluginLibrary plugin;
    OptionTable table;  ///< of the verb
};

/// The plugin whose urls begin like this one, and its table for the verb. An error says which urls
/// there are.
Result<Bus> find_bus(const CommonArguments& arguments, const std::string& verb,
                     const std::string& url);

/// Whether a plugin takes it for a url of its buses, whole or not.
bool begins_like_url(const CommonArguments& arguments, const std::string& verb,
                     const std::string& word);

/// Every plugin's options for a verb, for `--help`.
std::string bus_help(const CommonArguments& arguments, const std::string& verb);

/// The words behind the url as a request. False: they are wrong, and it has been told.
bool read_request(const Bus& bus, const std::vector<std::string>& words, ProbeRequest& request);

/// Asks the running gateway where it uses this bus, else the bus itself. An error with the
/// consequence drop_item is about the request.
Result<boost::json::object> ask_bus(const CommonArguments& arguments, const Bus& bus,
                                    const ProbeRequest& request, const ProbeNews& news);

/// Tells the sentence; the exit status.
int fail(const std::string& sentence, int status);
/// Tells why a probe gave nothing; the exit status.
int tell_failure(const std::string& url, const Error& error);

/// SIGINT and SIGTERM while one probe runs: instead of ending the program they are asked for, so
/// that what was found is still told. They are as they were when this ends. Thread: one.
class Interruption {
  public:
    Interruption();
    ~Interruption();
    Interruption(const Interruption&) = delete;
    Interruption& operator=(const Interruption&) = delete;

    /// Whether one came since this was made.
    [[nodiscard]] static bool asked();
};

}  // namespace fieldway::app
