#include "config/source.h"

#include <algorithm>
#include <cassert>
#include <exception>
#include <istream>
#include <map>
#include <optional>
#include <set>
#include <streambuf>
#include <utility>
#include <vector>

#include <yaml-cpp/depthguard.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include "base/quantity_text.h"
#include "config/yaml_text.h"

namespace fieldway::config {

namespace {

/// Ends the parse: what follows cannot be trusted.
struct Refusal {
    Place place;
    std::string sentence;
};

class TextStream : public std::streambuf {
  public:
    explicit TextStream(std::string_view text) {
        char* begin = const_cast<char*>(text.data());  // a get area is never written
        setg(begin, begin, begin + text.size());
    }
};

/// Builds our tree from yaml-cpp's events: unlike its Node, an alias is counted before it is
/// copied, and whether a scalar was quoted is known.
class TreeBuilder final : public YAML::EventHandler {
  public:
    TreeBuilder(const Lines& lines, const std::string& file, Diagnostics& diagnostics)
        : lines_(lines), file_(file), diagnostics_(diagnostics) {}

    Node take() { return std::move(root_); }

    void OnDocumentStart(const YAML::Mark& mark) override {
        if (++documents_ > 1) {
            const bool marked = lines_.from(mark.line, mark.column).starts_with("---");
            throw Refusal{
                place_of(mark),
                marked ? "a second document begins here; one file is one document"
                       : "this does not go on with what stands above; check its indentation"};
        }
    }
    void OnDocumentEnd() override {}

    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        Node node;
        node.place = place_of(mark);
        add(std::move(node), anchor);
    }

    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  const std::string& value) override {
        Node node;
        node.kind = Node::Kind::scalar;
        node.place = place_of(mark);
        node.quoted = tag == "!" || tag == "tag:yaml.org,2002:str";
        node.text = value;
        if (node.quoted && !is_closed(lines_.from(mark.line, mark.column))) {
            throw Refusal{node.place, "the quote that begins here is never closed"};
        }
        if (!node.quoted) check_tag(tag, node.place);
        add(std::move(node), anchor);
    }

    void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        const auto anchored = anchors_.find(anchor);
        if (anchored == anchors_.end()) {
            throw Refusal{place_of(mark), "this alias stands inside of what it stands for"};
        }
        nodes_ += anchored->second.nodes;
        limit_nodes(place_of(mark));
        if (stack_.size() + anchored->second.depth > most_yaml_depth) {
            throw Refusal{place_of(mark), too_deep()};
        }
        add(Node(anchored->second.node), 0);
    }

    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value) override {
        open(Node::Kind::list, mark, tag, anchor);
    }
    void OnSequenceEnd() override { close(); }
    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value) override {
        open(Node::Kind::map, mark, tag, anchor);
    }
    void OnMapEnd() override { close(); }

  private:
    struct Frame {
        Node node;
        YAML::anchor_t anchor = 0;
        std::size_t first_node = 0;  ///< the count when it was opened
        std::size_t depth = 1;       ///< of the deepest node below, this one included
        std::optional<Node> key;     ///< of a map: read, its value not yet
        std::map<std::string, Place> keys;
    };
    struct Anchored {
        Node node;
        std::size_t nodes = 0;
        std::size_t depth = 0;
    };

    [[nodiscard]] Place place_of(const YAML::Mark& mark) const {
        return {&file_, mark.line + 1, mark.column + 1};
    }

    static std::string too_deep() {
        return "this is nested deeper than " + std::to_string(most_yaml_depth) + " levels";
    }

    void limit_nodes(const Place& place) const {
        if (nodes_ > most_yaml_nodes) {
            throw Refusal{place, "the file has more than " + std::to_string(most_yaml_nodes) +
                                     " values, aliases counted as what they stand for"};
        }
    }

    void check_tag(const std::string& tag, const Place& place) {
        if (tag.empty() || tag == "?" || tag == "!") return;
        diagnostics_.error(place,
                           "the tag " + shown_text(tag) + " has no meaning here; leave it out");
    }

    void open(Node::Kind kind, const YAML::Mark& mark, const std::string& tag,
              YAML::anchor_t anchor) {
        const Place place = place_of(mark);
        if (stack_.size() >= most_yaml_depth) throw Refusal{place, too_deep()};
        check_tag(tag, place);
        Frame frame;
        frame.node.kind = kind;
        frame.node.place = place;
        frame.anchor = anchor;
        frame.first_node = nodes_;
        stack_.push_back(std::move(frame));
    }

    void close() {
        Frame frame = std::move(stack_.back());
        stack_.pop_back();
        assert(!frame.key);
        if (frame.node.kind == Node::Kind::map) merge(frame.node);
        if (frame.anchor != 0) {
            const std::size_t size = nodes_ - frame.first_node + 1;
            nodes_ += size;
            limit_nodes(frame.node.place);
            anchors_[frame.anchor] = {frame.node, size, frame.depth};
        }
        const std::size_t depth = frame.depth;
        add(std::move(frame.node), 0);
        if (!stack_.empty()) stack_.back().depth = std::max(stack_.back().depth, depth + 1);
    }

    void add(Node node, YAML::anchor_t anchor) {
        ++nodes_;
        limit_nodes(node.place);
        if (anchor != 0) anchors_[anchor] = {node, 1, 1};
        if (stack_.empty()) {
            root_ = std::move(node);
            return;
        }
        Frame& frame = stack_.back();
        if (frame.node.kind == Node::Kind::list) {
            frame.node.items.push_back(std::move(node));
        } else if (!frame.key) {
            frame.key = std::move(node);
        } else {
            add_entry(frame, *std::exchange(frame.key, std::nullopt), std::move(node));
        }
    }

    void add_entry(Frame& frame, Node key, Node value) {
        if (key.kind != Node::Kind::scalar) {
            diagnostics_.error(key.place, "a key is " + std::string(name_of(key.kind)) +
                                              "; it must be a name followed by a colon");
            return;
        }
        const auto [first, is_new] = frame.keys.emplace(key.text, key.place);
        if (!is_new) {
            diagnostics_.error(key.place, "the key " + shown_text(key.text) +
                                              " stands here a second time; the first is at line " +
                                              std::to_string(first->second.line));
            return;
        }
        frame.node.entries.push_back({std::move(key.text), key.place, std::move(value)});
    }

    /// `<<: *defaults` adds the keys that the mapping does not have itself (YAML 1.1, merge key).
    void merge(Node& map) {
        for (std::size_t i = 0; i < map.entries.size(); ++i) {
            if (map.entries[i].key != "<<") continue;
            const Node source = std::move(map.entries[i].value);
            map.entries.erase(map.entries.begin() + static_cast<std::ptrdiff_t>(i));
            std::set<std::string> keys;
            for (const Node::Entry& entry : map.entries)
                keys.insert(entry.key);
            if (source.kind == Node::Kind::list) {
                for (const Node& item : source.items)
                    merge_from(map, keys, item);
            } else {
                merge_from(map, keys, source);
            }
            return;
        }
    }
    void merge_from(Node& map, std::set<std::string>& keys, const Node& source) {
        if (source.kind != Node::Kind::map) {
            diagnostics_.error(source.place, "<< takes a mapping, such as an alias of one");
            return;
        }
        for (const Node::Entry& entry : source.entries) {
            if (keys.insert(entry.key).second) map.entries.push_back(entry);
        }
    }

    const Lines& lines_;
    const std::string& file_;
    Diagnostics& diagnostics_;
    int documents_ = 0;
    std::size_t nodes_ = 0;
    Node root_;
    std::vector<Frame> stack_;
    std::map<YAML::anchor_t, Anchored> anchors_;
};

/// yaml-cpp's words, with what to do where a word alone does not say it.
std::string syntax_sentence(const std::string& words) {
    struct Remedy {
        std::string_view words;
        std::string_view remedy;
    };
    constexpr Remedy remedies[] = {
        {"end of map flow not found", "a { is not closed before here"},
        {"end of sequence flow not found", "a [ is not closed before here"},
        {"illegal flow end", "this closes nothing that was opened"},
        {"end of map not found", "check the indentation, and the quotes around texts"},
        {"end of sequence not found", "check the indentation against the dashes above"},
        {"illegal map value", "check the indentation; a text with a colon needs quotes"},
        {"illegal block entry", "a dash begins a line"},
        {"unknown token", "a text that begins with this character needs quotes"},
        {"illegal EOF in scalar", "a quote is not closed"},
    };
    std::string sentence = "this is not valid YAML: " + words;
    for (const Remedy& remedy : remedies) {
        if (words == remedy.words) sentence += "; " + std::string(remedy.remedy);
    }
    return sentence;
}

void tell(const YAML::Exception& error, const Lines& lines, const std::string& file,
          Diagnostics& diagnostics) {
    for (const int line : {error.mark.line - 1, error.mark.line}) {
        if (!lines.tabbed(line)) continue;
        diagnostics.error({&file, line + 1, 1},
                          "this line is indented by a tab; YAML wants spaces");
        return;
    }
    const bool placed = !error.mark.is_null();
    diagnostics.error({&file, placed ? error.mark.line + 1 : 0, error.mark.column + 1},
                      syntax_sentence(error.msg));
}

}  // namespace

Node parse_yaml(std::string_view text, const std::string& file, Diagnostics& diagnostics) {
    if (text.size() > most_yaml_bytes) {
        diagnostics.error({&file, 0, 0}, "the file has " + std::to_string(text.size()) +
                                             " bytes; the most is " + size_text(most_yaml_bytes));
        return {};
    }
    if (!check_characters(text, file, diagnostics)) return {};
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
    const Lines lines(text);
    TreeBuilder builder(lines, file, diagnostics);
    try {
        TextStream buffer(text);
        std::istream stream(&buffer);
        YAML::Parser parser(stream);
        while (parser.HandleNextDocument(builder)) {
        }
        return builder.take();
    } catch (const Refusal& refusal) {
        diagnostics.error(refusal.place, refusal.sentence);
    } catch (const YAML::DeepRecursion&) {
        diagnostics.error({&file, 0, 0}, "this is nested deeper than " +
                                             std::to_string(most_yaml_depth) + " levels");
    } catch (const YAML::Exception& error) {
        tell(error, lines, file, diagnostics);
    } catch (const std::exception& error) {
        diagnostics.error({&file, 0, 0}, "this is not valid YAML: " + std::string(error.what()));
    }
    return {};
}

}  // namespace fieldway::config
