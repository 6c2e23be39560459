// The log tells moments, not lines: a named event with fields, when a state changes, never on every
// poll.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

namespace spdlog {
class logger;
}

namespace fieldway {

enum class LogLevel : std::uint8_t { error, warning, info, debug };

enum class LogFormat : std::uint8_t {
    text,      ///< time, level, event, sentence, fields; for a terminal
    journald,  ///< as text without the time, with the priority prefix of sd-daemon(3)
    json,      ///< one object a line
};

struct LogField {
    std::string_view key;
    std::string_view value;
};

/// Handed down, cheap to copy. Secrets never get here: whoever knows a secret redacts it first.
/// Thread: any.
class Log {
  public:
    /// Writes nothing.
    Log() = default;
    /// Writes to standard error.
    Log(LogLevel least, LogFormat format);
    explicit Log(std::shared_ptr<spdlog::logger> logger, LogFormat format)
        : logger_(std::move(logger)), format_(format) {}

    /// `event` is a stable dotted name (session.up), `sentence` what a person reads, `fields` what
    /// a machine looks for.
    void write(LogLevel level, std::string_view event, std::string_view sentence,
               std::initializer_list<LogField> fields = {}) const;

    void error(std::string_view event, std::string_view sentence,
               std::initializer_list<LogField> fields = {}) const {
        write(LogLevel::error, event, sentence, fields);
    }
    void warning(std::string_view event, std::string_view sentence,
                 std::initializer_list<LogField> fields = {}) const {
        write(LogLevel::warning, event, sentence, fields);
    }
    void info(std::string_view event, std::string_view sentence,
              std::initializer_list<LogField> fields = {}) const {
        write(LogLevel::info, event, sentence, fields);
    }
    void debug(std::string_view event, std::string_view sentence,
               std::initializer_list<LogField> fields = {}) const {
        write(LogLevel::debug, event, sentence, fields);
    }

  private:
    std::shared_ptr<spdlog::logger> logger_;  // shared: spdlog's own interface hands loggers out so
    LogFormat format_ = LogFormat::text;
};

}  // namespace fieldway
