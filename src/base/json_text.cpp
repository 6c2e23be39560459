#include "base/json_text.h"

#include "base/value.h"

namespace fieldway {

namespace json = boost::json;

namespace {

/// Writes a value; with `pretty` each member stands on a line of its own.
class Printer {
  public:
    Printer(std::string& out, bool pretty) : out_(out), pretty_(pretty) {}

    void print(const json::value& value) {
        switch (value.kind()) {
            case json::kind::null:
                out_ += "null";
                break;
            case json::kind::bool_:
                out_ += value.get_bool() ? "true" : "false";
                break;
            case json::kind::int64:
                append_json(out_, Value(value.get_int64()));
                break;
            case json::kind::uint64:
                append_json(out_, Value(value.get_uint64()));
                break;
            case json::kind::double_:
                append_json(out_, Value(value.get_double()));
                break;
            case json::kind::string:
                append_json_string(out_, value.get_string());
                break;
            case json::kind::array:
                print_all(value.get_array(), '[', ']');
                break;
            case json::kind::object:
                print_all(value.get_object(), '{', '}');
                break;
        }
    }

  private:
    void print_item(const json::value& item) { print(item); }
    void print_item(const json::key_value_pair& member) {
        append_json_string(out_, member.key());
        out_ += pretty_ ? ": " : ":";
        print(member.value());
    }

    template <class Items>
    void print_all(const Items& items, char open, char close) {
        out_ += open;
        ++depth_;
        bool first = true;
        for (const auto& item : items) {
            if (!first) out_ += ',';
            first = false;
            new_line();
            print_item(item);
        }
        --depth_;
        if (!first) new_line();
        out_ += close;
    }

    void new_line() {
        if (!pretty_) return;
        out_ += '\n';
        out_.append(static_cast<std::size_t>(depth_) * 2, ' ');
    }

    std::string& out_;
    bool pretty_;
    int depth_ = 0;
};

}  // namespace

std::string to_json_text(const json::value& value) {
    std::string out;
    Printer(out, false).print(value);
    return out;
}

std::string to_pretty_json(const json::value& value) {
    std::string out;
    Printer(out, true).print(value);
    return out;
}

}  // namespace fieldway
