#include "config/xml_shape.h"

#include <algorithm>
#include <cctype>
#include <cstring>
#include <pugixml.hpp>
#include <set>
#include <string_view>

namespace fieldway::config {

namespace {

// Stands for a value; no name of an element or attribute may have it.
constexpr std::string_view marker = "value-of-a-place";

bool has_marker(const char* text) {
    return std::strstr(text, marker.data()) != nullptr;
}

/// Walks the tree until something is wrong.
class Shape final : public pugi::xml_tree_walker {
  public:
    bool for_each(pugi::xml_node& node) override {
        switch (node.type()) {
            case pugi::node_element:
                check_element(node);
                break;
            case pugi::node_comment:
            case pugi::node_cdata:
            case pugi::node_pi:
            case pugi::node_declaration:
                if (has_marker(node.value()) || has_marker(node.name()) || marker_within(node)) {
                    why_ =
                        "a place stands in a comment, in CDATA or in an instruction, where its "
                        "value could not be escaped";
                }
                break;
            case pugi::node_doctype:
                why_ = "it has a document type, which receivers should not follow";
                break;
            case pugi::node_pcdata:
                check_entities(node.value());
                break;
            default:
                break;
        }
        return why_.empty();
    }
    [[nodiscard]] const std::string& why() const { return why_; }

  private:
    static bool marker_within(const pugi::xml_node& node) {
        const auto attributes = node.attributes();
        return std::any_of(attributes.begin(), attributes.end(), [](const auto& attribute) {
            return has_marker(attribute.name()) || has_marker(attribute.value());
        });
    }

    void check_element(const pugi::xml_node& node) {
        if (has_marker(node.name())) why_ = "a place stands in the name of an element";
        std::set<std::string_view> names;
        for (const pugi::xml_attribute& attribute : node.attributes()) {
            if (has_marker(attribute.name())) why_ = "a place stands in the name of an attribute";
            if (!names.insert(attribute.name()).second) {
                why_ = "the attribute " + std::string(attribute.name()) + " stands twice";
            }
            if (std::strchr(attribute.value(), '<') != nullptr) {
                why_ = "a < stands in the value of an attribute; write &lt;";
            }
            check_entities(attribute.value());
        }
    }

    /// Texts are parsed without resolving them: & begins one of the five, or a number.
    void check_entities(std::string_view text) {
        for (std::size_t at = text.find('&'); at != std::string_view::npos;
             at = text.find('&', at + 1)) {
            const std::size_t end = text.find(';', at);
            const std::string_view name =
                end == std::string_view::npos ? "" : text.substr(at + 1, end - at - 1);
            const bool known = name == "amp" || name == "lt" || name == "gt" || name == "quot" ||
                               name == "apos" || is_number(name);
            if (!known) why_ = "an & stands alone; write &amp;";
        }
    }

    static bool is_number(std::string_view name) {
        const bool hex = name.starts_with("#x");
        if (!name.starts_with('#')) return false;
        name.remove_prefix(hex ? 2 : 1);
        return !name.empty() && std::all_of(name.begin(), name.end(), [&](unsigned char c) {
            return hex ? std::isxdigit(c) != 0 : std::isdigit(c) != 0;
        });
    }

    std::string why_;
};

/// One element at the top, and no text beside it.
std::string why_no_document(const pugi::xml_document& document) {
    int elements = 0;
    for (const pugi::xml_node& node : document.children()) {
        if (node.type() == pugi::node_element) ++elements;
        if (node.type() == pugi::node_pcdata) return "a text stands outside of the element";
    }
    if (elements == 1) return "";
    return "it has " + std::to_string(elements) + " elements at the top; XML has one";
}

}  // namespace

std::string why_no_xml(const PayloadTemplate& xml) {
    std::string text;
    for (const PayloadTemplate::Piece& piece : xml.pieces)
        text += piece.place ? std::string(marker) : piece.text;
    pugi::xml_document document;
    const auto parsed = document.load_buffer(
        text.data(), text.size(),
        (pugi::parse_full | pugi::parse_fragment) & ~static_cast<unsigned>(pugi::parse_escapes),
        pugi::encoding_utf8);
    if (!parsed) return std::string("it is no XML: ") + parsed.description();
    if (std::string why = why_no_document(document); !why.empty()) return why;
    Shape shape;
    document.traverse(shape);
    return shape.why();
}

}  // namespace fieldway::config
