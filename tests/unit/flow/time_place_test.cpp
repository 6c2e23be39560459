#include "flow/time_place.h"

#include <array>

#include <gtest/gtest.h>

namespace fieldway {
namespace {

using namespace std::chrono_literals;
using Form = TimePlace::Form;

/// A boot that began at the end of 1970's first second.
WallTime wall_of(MonotonicTime then) {
    return WallTime(1s + std::chrono::floor<std::chrono::milliseconds>(then.time_since_epoch()));
}

TEST(TimePlace, EachFormIsFilledInWhereItBelongs) {
    const std::array places{
        TimePlace{Form::json_rfc3339, 2, 4, MonotonicTime(500ms)},
        TimePlace{Form::rfc3339, 8, 0, MonotonicTime(1s)},
        TimePlace{Form::unix_ms, 8, 0, MonotonicTime(250ms)},
        TimePlace{Form::unix_s, 9, 1, MonotonicTime(2999ms)},
    };
    EXPECT_EQ(filled("a:null,b;?", places, wall_of),
              "a:\"1970-01-01T00:00:01.500Z\",b1970-01-01T00:00:02.000Z1250;3");
    const std::array numbers{TimePlace{Form::big_s, 0, 4, MonotonicTime(1s)},
                             TimePlace{Form::little_s, 4, 4, MonotonicTime(1s)},
                             TimePlace{Form::big_ms, 8, 8, MonotonicTime(0s)},
                             TimePlace{Form::little_ms, 16, 8, MonotonicTime(0s)}};
    using std::string_literals::operator""s;
    EXPECT_EQ(filled(std::string(24, 'x'), numbers, wall_of),
              "\0\0\0\x02\x02\0\0\0\0\0\0\0\0\0\x03\xe8\xe8\x03\0\0\0\0\0\0"s);
}

TEST(TimePlace, WhatIsNoPlaceOfThePayloadIsLeftOut) {
    const std::array places{TimePlace{Form::unix_s, 2, 1, MonotonicTime(1s)},
                            TimePlace{Form::unix_s, 1, 1, MonotonicTime(1s)},
                            TimePlace{Form::unix_s, 4, 1, MonotonicTime(1s)},
                            TimePlace{Form::unix_s, 0xFFFFFFFF, 255, MonotonicTime(1s)}};
    EXPECT_EQ(filled("abcd", places, wall_of), "ab2d");
}

}  // namespace
}  // namespace fieldway
