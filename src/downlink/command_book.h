// What a device remembers of its commands, so that none is done twice: also across a restart, for
// which it is written as JSON. Pure.
//
// A command is written down before it is begun. One that is found begun after a restart may have
// been done or not: it is not done again, and told as failed.
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace fieldway::downlink {

struct RememberedCommand {
    std::string identity;
    std::string reply;   ///< uplink subtopic of the answer; empty: it is not sent
    std::string head;    ///< JSON: what the answer begins with
    std::string answer;  ///< JSON; empty while the command is under way
    bool told = false;   ///< the answer is safe with the queue

    [[nodiscard]] bool under_way() const { return answer.empty(); }
    friend bool operator==(const RememberedCommand&, const RememberedCommand&) = default;
};

/// Thread: core (any, but one at a time).
class CommandBook {
  public:
    /// Of one device; beyond it the oldest that has ended is forgotten.
    static constexpr std::size_t most = 32;
    /// Subtopics whose content is remembered.
    static constexpr std::size_t most_subtopics = 32;

    /// A name for any bytes, the same for the same bytes: a UUID of version 5 (RFC 4122, 4.3).
    static std::string name_of(std::string_view bytes);

    [[nodiscard]] const RememberedCommand* find(const std::string& identity) const;
    void begin(const std::string& identity, const std::string& reply, std::string head);
    void end(const std::string& identity, std::string answer);
    void told(const std::string& identity);
    /// As if it had never come.
    void forget(const std::string& identity);

    /// It was written to the device.
    void apply(const std::string& subtopic, const std::string& content);
    /// Whether it was the last that was written, of the subtopic.
    [[nodiscard]] bool is_applied(const std::string& subtopic, const std::string& content) const;
    /// The broker keeps this content, and sends it at each subscription. True: it was written
    /// before, whatever was written since: it is not news.
    bool is_kept(const std::string& subtopic, const std::string& content);

    [[nodiscard]] const std::deque<RememberedCommand>& commands() const { return commands_; }
    [[nodiscard]] std::string to_json() const;
    static Result<CommandBook> from_json(std::string_view text);

    friend bool operator==(const CommandBook&, const CommandBook&) = default;

  private:
    RememberedCommand* entry(const std::string& identity);

    using Contents = std::map<std::string, std::string>;  // subtopic to the content's name

    std::deque<RememberedCommand> commands_;  // oldest first
    std::deque<std::string> written_;         // subtopic and name, oldest first; at most `most`
    Contents applied_;
    Contents kept_;
};

}  // namespace fieldway::downlink
