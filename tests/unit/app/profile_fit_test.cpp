#include "app/profile_fit.h"

#include <string>

#include <gtest/gtest.h>

namespace fieldway::app {
namespace {

config::PointOptions point(const std::string& name, const std::string& unit) {
    config::PointOptions options;
    options.name = name;
    options.unit = unit;
    return options;
}

Evidence of(const std::string& name, const std::string& unit, Value value) {
    return evidence_of(point(name, unit), value);
}

TEST(Evidence, AMainsFrequencyOrVoltageSpeaksForTheProfile) {
    EXPECT_EQ(of("frequency", "Hz", 49.98F), Evidence::telling);
    EXPECT_EQ(of("voltage_l1", "V", 230.2), Evidence::telling);
    EXPECT_EQ(of("frequency", "Hz", std::int64_t{0}), Evidence::none) << "not connected";
    EXPECT_EQ(of("power", "W", 1250.0), Evidence::none) << "any number can be a power";
}

TEST(Evidence, WhatNoDeviceMeasuresSpeaksAgainstIt) {
    EXPECT_EQ(of("voltage_l1", "V", 1.4e-39F), Evidence::impossible);
    EXPECT_EQ(of("power", "W", 3.2e21F), Evidence::impossible);
    EXPECT_EQ(of("frequency", "Hz", std::int64_t{65000}), Evidence::impossible);
    EXPECT_EQ(of("power_factor", "", 7.5), Evidence::impossible);
    EXPECT_EQ(of("serial_number", "", std::string("A\x01\x02")), Evidence::impossible);
    config::PointOptions state = point("state", "");
    state.enumeration = {{1, "off"}, {2, "on"}};
    EXPECT_EQ(evidence_of(state, Value(std::int64_t{7})), Evidence::impossible);
}

TEST(Evidence, NothingSaysNothing) {
    EXPECT_EQ(of("frequency", "Hz", NoValue{}), Evidence::none);
    EXPECT_EQ(of("voltage_l1", "V", 0.0F), Evidence::none);
}

ProfileFit fit(std::size_t points, std::size_t readable, std::size_t telling) {
    return {"acme/m7", points, readable, telling, false, false};
}

TEST(ProfileFit, NeedsNearlyAllPointsAndSomethingThatSpeaksForIt) {
    EXPECT_TRUE(fit(20, 20, 1).fits());
    EXPECT_TRUE(fit(20, 18, 1).fits());
    EXPECT_FALSE(fit(20, 17, 9).fits());
    EXPECT_FALSE(fit(20, 20, 0).fits()) << "a unit full of zeros would be every device";
    EXPECT_FALSE(fit(0, 0, 0).fits());
    ProfileFit impossible = fit(20, 20, 9);
    impossible.impossible = true;
    EXPECT_FALSE(impossible.fits());
}

TEST(ProfileFit, ConvincesWithTwoValuesOrTheMakersName) {
    EXPECT_FALSE(fit(20, 20, 1).convinces());
    EXPECT_TRUE(fit(20, 20, 2).convinces());
    ProfileFit named = fit(20, 20, 0);
    named.named = true;
    EXPECT_TRUE(named.convinces());
}

TEST(ProfileFit, TheBestComesFirst) {
    std::vector<ProfileFit> fits{fit(20, 20, 3), fit(10, 10, 5), fit(5, 5, 0)};
    fits[2].named = true;
    fits[0].name = "a";
    fits[1].name = "b";
    fits[2].name = "c";
    sort_fits(fits);
    EXPECT_EQ(fits[0].name + fits[1].name + fits[2].name, "cba");
}

}  // namespace
}  // namespace fieldway::app
