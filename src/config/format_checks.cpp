// What only shows when the device is whole: names that the formats of its messages refer to.
#include <algorithm>
#include <utility>

#include "config/device_options.h"
#include "config/format_options.h"

namespace fieldway::config {

namespace {

/// A name in a format, and the key where it stands.
struct Reference {
    std::string name;
    std::string key;
};

std::vector<Reference> references_of(const FormatOptions& format) {
    std::vector<Reference> found;
    for (std::size_t i = 0; i < format.csv.columns.size(); ++i)
        found.push_back({format.csv.columns[i], "csv.columns." + std::to_string(i)});
    for (const JsonField& field : format.fields)
        found.push_back({field.point, "fields"});
    const std::string key = std::string(format_name(format.type)) + ".template";
    for (const std::string& name : format.text.names())
        found.push_back({name, key});
    if (!format.binary.point.empty()) found.push_back({format.binary.point, "binary.point"});
    for (std::size_t i = 0; i < format.binary.fields.size(); ++i) {
        found.push_back(
            {format.binary.fields[i].point, "binary.fields." + std::to_string(i) + ".point"});
    }
    return found;
}

/// Completes the format of one message of a device.
class Completion {
  public:
    Completion(const DeviceOptions& device, MessageOptions& message, std::string path,
               const CheckedMap& checked, const std::vector<std::string>& known,
               Diagnostics& diagnostics)
        : device_(device),
          message_(message),
          path_(std::move(path)),
          checked_(checked),
          known_(known),
          diagnostics_(diagnostics) {}

    void run() {
        if (message_.format.type == ContentType::csv) complete_columns();
        check_paths();
        std::vector<std::string> named;
        for (const Reference& reference : references_of(message_.format)) {
            if (reference.name.empty() || is_ours(reference)) continue;  // missing: told before
            check(reference);
            if (std::find(named.begin(), named.end(), reference.name) == named.end()) {
                named.push_back(reference.name);
            }
        }
        if (message_.points.empty()) message_.points = std::move(named);
    }

  private:
    void error(const std::string& key, std::string sentence) {
        diagnostics_.error(checked_.place(path_ + "." + key), std::move(sentence));
    }

    void check_paths() {
        if (device_.timestamp_format == TimestampFormat::none) return;
        for (const JsonField& field : message_.format.fields) {
            if (field.path != device_.timestamp_key &&
                !field.path.starts_with(device_.timestamp_key + ".")) {
                continue;
            }
            error("fields", "the path " + shown_text(field.path) +
                                " begins with the name of the timestamp; choose another one, or "
                                "another name for the timestamp (timestamp: { key: ... })");
        }
    }

    void complete_columns() {
        std::vector<std::string>& columns = message_.format.csv.columns;
        for (std::size_t i = 0; i < columns.size(); ++i) {
            const auto at = columns.begin() + static_cast<std::ptrdiff_t>(i);
            if (std::find(columns.begin(), at, columns[i]) != at) {
                error("csv.columns." + std::to_string(i),
                      "the column " + shown_text(columns[i]) + " stands twice");
            }
        }
        if (!columns.empty()) return;
        if (device_.timestamp_format != TimestampFormat::none) columns.push_back(timestamp_name);
        const auto add = [&](const std::string& name) { columns.push_back(name); };
        if (!message_.points.empty()) {
            std::for_each(message_.points.begin(), message_.points.end(), add);
        } else {
            for (const PointOptions& point : device_.points)
                add(point.name);
        }
        if (message_.points.empty() && device_.points.empty()) {
            error("format",
                  "the device declares no points, so the columns must be named: csv: { "
                  "columns: [...] }");
        }
    }

    /// `timestamp` and `device` are no points where a format can say them.
    bool is_ours(const Reference& reference) {
        const bool in_template = reference.key.ends_with(".template");
        const bool a_device = reference.name == device_name && in_template;
        const bool a_time = reference.name == timestamp_name && reference.key != "fields" &&
                            reference.key != "binary.point";
        if (!a_device && !a_time) return false;
        const auto& points = device_.points;
        if (std::any_of(points.begin(), points.end(),
                        [&](const PointOptions& point) { return point.name == reference.name; })) {
            error(reference.key, reference.name + " is " +
                                     (a_time ? "the time" : "the device's id") +
                                     " here; rename the point of that name");
        }
        if (!a_time) return true;
        // Binary has its own way to write it.
        if (device_.timestamp_format == TimestampFormat::none &&
            message_.format.type != ContentType::binary) {
            error(reference.key,
                  "the device has no timestamp (timestamp: { format: none }), so it "
                  "cannot stand here");
        }
        return true;
    }

    void check(const Reference& reference) {
        const std::vector<std::string>& points = message_.points;
        const auto has = [&](const std::vector<std::string>& names) {
            return std::find(names.begin(), names.end(), reference.name) != names.end();
        };
        if (!points.empty() && !has(points)) {
            error(reference.key, shown_text(reference.name) +
                                     " is none of the message's points; add it there, or remove "
                                     "`points`: then those that are named here are taken");
        } else if (!known_.empty() && !has(known_)) {
            error(reference.key, "there is no point " + shown_text(reference.name) +
                                     hint_of(reference.name, known_));
        }
    }

    const DeviceOptions& device_;
    MessageOptions& message_;
    std::string path_;
    const CheckedMap& checked_;
    const std::vector<std::string>& known_;
    Diagnostics& diagnostics_;
};

}  // namespace

void complete_formats(DeviceOptions& device, const CheckedMap& checked,
                      const std::vector<std::string>& known, Diagnostics& diagnostics) {
    for (std::size_t i = 0; i < device.messages.size(); ++i) {
        Completion(device, device.messages[i], "messages." + std::to_string(i), checked, known,
                   diagnostics)
            .run();
    }
}

}  // namespace fieldway::config
