#include "base/log.h"

#include <string>

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "base/clock.h"
#include "base/value.h"

namespace fieldway {

namespace {

spdlog::level::level_enum spdlog_level(LogLevel level) {
    switch (level) {
        case LogLevel::error:
            return spdlog::level::err;
        case LogLevel::warning:
            return spdlog::level::warn;
        case LogLevel::info:
            return spdlog::level::info;
        case LogLevel::debug:
            return spdlog::level::debug;
    }
    return spdlog::level::info;
}

std::string_view level_name(LogLevel level) {
    switch (level) {
        case LogLevel::error:
            return "error";
        case LogLevel::warning:
            return "warning";
        case LogLevel::info:
            return "info";
        case LogLevel::debug:
            return "debug";
    }
    return "info";
}

/// sd-daemon(3): a line on standard error may start with its syslog priority.
std::string_view journald_prefix(LogLevel level) {
    switch (level) {
        case LogLevel::error:
            return "<3>";
        case LogLevel::warning:
            return "<4>";
        case LogLevel::info:
            return "<6>";
        case LogLevel::debug:
            return "<7>";
    }
    return "<6>";
}

/// One line stays one line, and a device's bytes cannot move the cursor of a terminal.
void append_clean(std::string& out, std::string_view text) {
    for (const char c : text)
        out += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? ' ' : c;
}

bool needs_quotes(std::string_view text) {
    return text.empty() || text.find_first_of(" \t\r\n\"=") != std::string_view::npos;
}

std::string as_json(LogLevel level, std::string_view event, std::string_view sentence,
                    std::initializer_list<LogField> fields) {
    std::string line = R"({"time":")" + rfc3339(SystemClock().wall()) + R"(","level":")";
    line += level_name(level);
    line += R"(","event":)";
    append_json_string(line, event);
    line += R"(,"message":)";
    append_json_string(line, sentence);
    for (const LogField& field : fields) {
        line += ',';
        append_json_string(line, field.key);
        line += ':';
        append_json_string(line, field.value);
    }
    return line + '}';
}

std::string as_text_line(std::string_view event, std::string_view sentence,
                         std::initializer_list<LogField> fields) {
    std::string line(event);
    line += ": ";
    append_clean(line, sentence);
    for (const LogField& field : fields) {
        line += "  ";
        line += field.key;
        line += '=';
        if (needs_quotes(field.value)) {
            append_json_string(line, field.value);
        } else {
            append_clean(line, field.value);
        }
    }
    return line;
}

}  // namespace

Log::Log(LogLevel least, LogFormat format) : format_(format) {
    spdlog::sink_ptr sink;
    if (format == LogFormat::text) {
        sink = std::make_shared<spdlog::sinks::stderr_color_sink_mt>();
        sink->set_pattern("%Y-%m-%d %H:%M:%S.%e %^%-7l%$ %v");
    } else {
        sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
        sink->set_pattern("%v");
    }
    logger_ = std::make_shared<spdlog::logger>("fieldway", std::move(sink));
    logger_->set_level(spdlog_level(least));
    logger_->flush_on(spdlog::level::debug);
}

void Log::write(LogLevel level, std::string_view event, std::string_view sentence,
                std::initializer_list<LogField> fields) const {
    if (!logger_ || !logger_->should_log(spdlog_level(level))) return;
    std::string line;
    switch (format_) {
        case LogFormat::text:
            line = as_text_line(event, sentence, fields);
            break;
        case LogFormat::journald:
            line = std::string(journald_prefix(level)) + as_text_line(event, sentence, fields);
            break;
        case LogFormat::json:
            line = as_json(level, event, sentence, fields);
            break;
    }
    logger_->log(spdlog_level(level), spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace fieldway
