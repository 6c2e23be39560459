#include "downlink/command_book.h"

#include <algorithm>
#include <utility>

#include <boost/json.hpp>
#include <boost/uuid/name_generator_sha1.hpp>
#include <boost/uuid/uuid_io.hpp>

#include "base/json_text.h"

namespace fieldway::downlink {

namespace json = boost::json;

namespace {

constexpr std::int64_t format = 1;

void remember(std::map<std::string, std::string>& contents, const std::string& subtopic,
              const std::string& name) {
    if (!contents.contains(subtopic) && contents.size() >= CommandBook::most_subtopics) return;
    contents[subtopic] = name;
}

auto is_of(const std::string& identity) {
    return [&](const RememberedCommand& one) { return one.identity == identity; };
}

json::object to_object(const std::map<std::string, std::string>& contents) {
    json::object object;
    for (const auto& [subtopic, name] : contents)
        object[subtopic] = name;
    return object;
}

std::map<std::string, std::string> from_object(const json::object& object) {
    std::map<std::string, std::string> contents;
    for (const auto& member : object)
        contents[member.key()] = std::string(member.value().as_string());
    return contents;
}

std::string text_in(const json::object& object, std::string_view name) {
    return std::string(object.at(name).as_string());
}

}  // namespace

std::string CommandBook::name_of(std::string_view bytes) {
    const boost::uuids::name_generator_sha1 names(boost::uuids::ns::oid());
    return to_string(names(bytes.data(), bytes.size()));
}

RememberedCommand* CommandBook::entry(const std::string& identity) {
    const auto found = std::find_if(commands_.begin(), commands_.end(), is_of(identity));
    return found == commands_.end() ? nullptr : &*found;
}

const RememberedCommand* CommandBook::find(const std::string& identity) const {
    const auto found = std::find_if(commands_.begin(), commands_.end(), is_of(identity));
    return found == commands_.end() ? nullptr : &*found;
}

void CommandBook::begin(const std::string& identity, const std::string& reply, std::string head) {
    forget(identity);
    commands_.push_back({identity, reply, std::move(head), "", false});
    if (commands_.size() <= most) return;
    const auto ended = std::find_if(commands_.begin(), commands_.end(),
                                    [](const auto& one) { return !one.under_way(); });
    if (ended != commands_.end()) commands_.erase(ended);
}

void CommandBook::forget(const std::string& identity) {
    std::erase_if(commands_, is_of(identity));
}

void CommandBook::end(const std::string& identity, std::string answer) {
    if (RememberedCommand* known = entry(identity)) known->answer = std::move(answer);
}

void CommandBook::told(const std::string& identity) {
    if (RememberedCommand* known = entry(identity)) known->told = true;
}

void CommandBook::apply(const std::string& subtopic, const std::string& content) {
    const std::string name = name_of(content);
    written_.push_back(subtopic + ':' + name);
    if (written_.size() > most) written_.pop_front();
    remember(applied_, subtopic, name);
}

bool CommandBook::is_applied(const std::string& subtopic, const std::string& content) const {
    const auto found = applied_.find(subtopic);
    return found != applied_.end() && found->second == name_of(content);
}

bool CommandBook::is_kept(const std::string& subtopic, const std::string& content) {
    const std::string name = name_of(content);
    const auto found = kept_.find(subtopic);
    if (found != kept_.end() && found->second == name) return true;
    const std::string entry = subtopic + ':' + name;
    if (std::find(written_.begin(), written_.end(), entry) == written_.end()) return false;
    remember(kept_, subtopic, name);
    return true;
}

std::string CommandBook::to_json() const {
    json::array commands;
    for (const RememberedCommand& one : commands_) {
        commands.push_back({{"identity", one.identity},
                            {"reply", one.reply},
                            {"head", one.head},
                            {"answer", one.answer},
                            {"told", one.told}});
    }
    return to_json_text(json::object{{"format", format},
                                     {"commands", std::move(commands)},
                                     {"written", json::value_from(written_)},
                                     {"applied", to_object(applied_)},
                                     {"kept", to_object(kept_)}});
}

Result<CommandBook> CommandBook::from_json(std::string_view text) {
    boost::system::error_code bad;
    const json::value value = json::parse(text, bad);
    if (bad) return Error::drop_item("it is no JSON: " + bad.message());
    try {
        const json::object& whole = value.as_object();
        if (whole.at("format").as_int64() != format) {
            return Error::drop_item("it is of another version");
        }
        CommandBook book;
        for (const json::value& one : whole.at("commands").as_array()) {
            const json::object& entry = one.as_object();
            // What is read of it later is an object as well.
            (void)json::parse(text_in(entry, "head")).as_object();
            if (!text_in(entry, "answer").empty()) {
                (void)json::parse(text_in(entry, "answer")).as_object();
            }
            book.commands_.push_back({text_in(entry, "identity"), text_in(entry, "reply"),
                                      text_in(entry, "head"), text_in(entry, "answer"),
                                      entry.at("told").as_bool()});
        }
        for (const json::value& one : whole.at("written").as_array())
            book.written_.emplace_back(one.as_string());
        book.applied_ = from_object(whole.at("applied").as_object());
        book.kept_ = from_object(whole.at("kept").as_object());
        while (book.commands_.size() > most)
            book.commands_.pop_front();
        while (book.written_.size() > most)
            book.written_.pop_front();
        return book;
    } catch (const std::exception&) {
        return Error::drop_item("it has another shape than a device's commands");
    }
}

}  // namespace fieldway::downlink
