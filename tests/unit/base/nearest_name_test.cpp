#include "base/nearest_name.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace fieldway {
namespace {

const std::vector<std::string> keys{"timeout", "register", "scale", "offset", "id"};

TEST(NearestName, FindsTheMisspelt) {
    EXPECT_EQ(nearest_name("tiemout", keys), "timeout") << "neighbours swapped";
    EXPECT_EQ(nearest_name("regster", keys), "register");
    EXPECT_EQ(nearest_name("scales", keys), "scale");
    EXPECT_EQ(nearest_name("ofset", keys), "offset");
}

TEST(NearestName, SaysNothingAboutAnotherWord) {
    EXPECT_EQ(nearest_name("baud_rate", keys), "");
    EXPECT_EQ(nearest_name("", keys), "");
    EXPECT_EQ(nearest_name("x", std::vector<std::string>{"y"}), "");
    EXPECT_EQ(nearest_name("scale", {}), "");
}

TEST(NearestName, LongNamesCostNothing) {
    EXPECT_EQ(nearest_name(std::string(100'000, 'x'), keys), "");
}

}  // namespace
}  // namespace fieldway
