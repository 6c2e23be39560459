#include "mapping/template_encoder.h"

#include <pugixml.hpp>
#include <string>

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace fieldway::mapping {
namespace {

TEST(XmlEscaped, NoTextChangesTheShapeOfTheDocument) {
    EXPECT_TRUE(rc::check("any bytes in an element and in an attribute", [] {
        // Mostly such as could do harm.
        const auto text = *rc::gen::container<std::string>(rc::gen::oneOf(
            rc::gen::arbitrary<char>(),
            rc::gen::element('<', '>', '&', '"', '\'', ']', '-', '!', ';', '\n', '\0')));
        const std::string escaped = xml_escaped(text);
        const std::string document =
            "<a b=\"" + escaped + "\" c='" + escaped + "'>" + escaped + "</a>";
        pugi::xml_document parsed;
        RC_ASSERT(parsed.load_buffer(document.data(), document.size(), pugi::parse_full));
        const pugi::xml_node element = parsed.first_child();
        RC_ASSERT(element == parsed.last_child());
        RC_ASSERT(element.attribute("b").value() == std::string(element.attribute("c").value()));
        for (const pugi::xml_node& child : element.children())
            RC_ASSERT(child.type() == pugi::node_pcdata);
    }));
}

TEST(XmlEscaped, WhatXmlCanHoldComesBackAsItWas) {
    const std::string text = "R&D <b> \"x\" 'y' \t\r\n ]]> Z\xC3\xBCrich";
    const std::string document = "<a b=\"" + xml_escaped(text) + "\"/>";
    pugi::xml_document parsed;
    ASSERT_TRUE(parsed.load_buffer(document.data(), document.size()));
    EXPECT_EQ(parsed.first_child().attribute("b").value(), text);
    EXPECT_EQ(xml_escaped("\x01\xFF\xEF\xBF\xBE"), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD")
        << "what XML cannot hold is U+FFFD";
}

}  // namespace
}  // namespace fieldway::mapping
