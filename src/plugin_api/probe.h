// A bus asked once by a person: what `fieldway scan|read|write URL` asks a plugin, and how it
// answers. Values that cross the border as JSON text: by the ABI's `probe` where no input uses the
// bus, else as arguments and details of a command of kind scan.
//
// Answers, by verb:
//   read, write  {"values": [{"name": "holding:40", "value": 215},
//                            {"name": "holding:41", "error": "exception 02, ..."}]}
//                or a table: {"columns": ["type", "value"], "rows": [{"type": "int16", ...}, ...]}
//   scan         {"buses": [{"options": {"url": ..., "baud": 9600},        of an input
//                            "units": [{"address": {"unit": 1},            of a device
//                                       "answer": "holding:0 is 215",      in a few words
//                                       "identity": {"vendor": "..."},     may be missing
//                                       "points": [{"name": ..., ...}],    found without a profile
//                                       "about": "SunSpec 1, 103",         may be missing
//                                       "profiles": [{"name": "eastron/sdm630",
//                                                     "values": [...as of read]}]}]}],
//                 "notes": ["a sentence"], "complete": true}
// News of a scan: {"done": 12, "of": 247, "doing": "9600 8N1, unit 12"}, {"found": "unit 3"}.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json.hpp>

#include "base/error.h"
#include "plugin_api/options.h"

namespace fieldway {

struct ProbeTables {
    std::vector<std::string> urls;             ///< how they begin: rtu:, tcp://
    std::map<std::string, OptionTable> verbs;  ///< scan, read, write: those that it has
};

struct ProbeRequest {
    std::string verb;
    std::string url;
    boost::json::object options;  ///< checked against the verb's table
    std::vector<std::string> words;
    /// Of a read: one input with one device and one point of the configuration (input_config.h),
    /// in the place of words. Empty: there are words.
    boost::json::object settings;
    /// Of a scan: device profiles to try, {"name": ..., "settings": one input with one device}.
    boost::json::array profiles;
};

/// False: the person wants no more; end at the next step.
using ProbeNews = std::function<bool(const boost::json::object&)>;

boost::json::object to_json(const ProbeTables& tables);
Result<ProbeTables> probe_tables_from_json(std::string_view text);

std::string to_json_text(const ProbeRequest& request);
Result<ProbeRequest> probe_request_from_json(std::string_view text);

}  // namespace fieldway
