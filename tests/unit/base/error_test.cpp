#include "base/error.h"

#include <gtest/gtest.h>

namespace fieldway {
namespace {

TEST(Error, EachLayerAddsItsPlaceInFront) {
    const Error error =
        Error::retry("no answer within 500ms").within("unit 3").within("input boiler-room");
    EXPECT_EQ(error.text(), "input boiler-room > unit 3: no answer within 500ms");
    EXPECT_EQ(error.consequence(), Consequence::retry);
    EXPECT_EQ(Error::retry("x").text(), "x");
}

TEST(Error, ConsequencesAreOrderedByCost) {
    EXPECT_LT(Consequence::retry, Consequence::drop_item);
    EXPECT_LT(Consequence::stop_device, Consequence::stop_program);
    EXPECT_EQ(name_of(Consequence::stop_device), "stop device");
}

TEST(Result, AFailedOneThrowsItsErrorAtABorder) {
    const Result<int> failed = Error::drop_item("too long").within("line 3");
    try {
        static_cast<void>(failed.value());
        FAIL() << "nothing was thrown";
    } catch (const ErrorException& thrown) {
        EXPECT_STREQ(thrown.what(), "line 3: too long");
        EXPECT_EQ(thrown.error(), failed.error());
    }
}

}  // namespace
}  // namespace fieldway
