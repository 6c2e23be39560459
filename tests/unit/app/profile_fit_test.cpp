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

TEST(Evidence, ZeroFillsNoPoint) {
    EXPECT_TRUE(is_filled(230.2));
    EXPECT_TRUE(is_filled(std::string("SN-1")));
    EXPECT_FALSE(is_filled(0.0F));
    EXPECT_FALSE(is_filled(NoValue{}));
    EXPECT_FALSE(is_filled(std::string()));
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

TEST(ProfileFit, OfEquallyLikelyOnesTheOneThatExplainsMoreComesFirst) {
    std::vector<ProfileFit> fits{fit(26, 26, 4), fit(32, 32, 4), fit(40, 40, 4)};
    fits[0].name = "a part of it";
    fits[0].filled = 26;
    fits[1].name = "all";
    fits[1].filled = 32;
    fits[2].name = "more, which is zero";
    fits[2].filled = 28;
    fits.push_back(fits[1]);
    fits.back().name = "all, and points that are zero";
    fits.back().points = fits.back().readable = 40;
    sort_fits(fits);
    EXPECT_EQ(fits[0].name, "all");
    EXPECT_EQ(fits[1].name, "all, and points that are zero");
    EXPECT_EQ(fits[3].name, "a part of it");
}

}  // namespace
}  // namespace fieldway::app
