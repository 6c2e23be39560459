#include "modbus/probe/probe_options.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fieldway::modbus {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// The options of a verb as its table presets them.
boost::json::object preset(const std::string& verb) {
    boost::json::object options;
    const ProbeTables tables = probe_tables();
    for (const Option& option : tables.verbs.at(verb)) {
        if (!option.preset.is_null()) options[option.name] = option.preset;
    }
    return options;
}

ProbeRequest request(const std::string& verb, std::vector<std::string> words,
                     const std::string& url = "tcp://10.0.0.1:502") {
    return {verb, url, preset(verb), std::move(words), {}, {}};
}

std::string refusal(const ProbeRequest& request) {
    const Result<ProbeAccess> access = read_access(request);
    return access ? "not refused" : access.error().sentence();
}

TEST(ProbeAccess, HasTheUnitInFrontOfItsRegisters) {
    const ProbeAccess access = read_access(request("read", {"7", "holding:40", "coil:3"})).value();
    EXPECT_EQ(access.device.unit, 7);
    ASSERT_EQ(access.device.points.size(), 2U);
    EXPECT_EQ(access.device.points[0].address, 40);
    EXPECT_EQ(access.device.points[1].area, Area::coil);
    EXPECT_EQ(read_access(request("read", {"holding:40"}))->device.unit, 1);
}

TEST(ProbeAccess, TakesTheUnitAsAnOptionToo) {
    ProbeRequest with_option = request("read", {"holding:40"});
    with_option.options["unit"] = 9;
    EXPECT_EQ(read_access(with_option)->device.unit, 9);
    with_option.words = {"7", "holding:40"};
    EXPECT_THAT(refusal(with_option), HasSubstr("which one?"));
}

TEST(ProbeAccess, SaysWhichWordCannotBe) {
    EXPECT_THAT(refusal(request("read", {})), HasSubstr("nothing to read"));
    EXPECT_THAT(refusal(request("read", {"1", "holdign:4"})), HasSubstr("holdign:4"));
    EXPECT_THAT(refusal(request("read", {"1", "holding:80-82"})),
                HasSubstr("names a range: name the first address"));
    EXPECT_THAT(refusal(request("read", {"256", "holding:4"})), HasSubstr("0 to 255"));
    EXPECT_THAT(refusal(request("write", {"holding:4"})), HasSubstr("REGISTER=VALUE"));
    EXPECT_THAT(refusal(request("write", {"input:4=3"})), HasSubstr("cannot be writable"));
    EXPECT_THAT(refusal(request("write", {"holding:4.3=1"})), HasSubstr("--write-bits"));
    EXPECT_THAT(refusal(request("read", {"holding:4"}, "http://x")), HasSubstr("is none of"));
    EXPECT_THAT(refusal(request("read", {"248", "holding:4"}, "rtu:/dev/x")),
                HasSubstr("1 to 247"));
}

TEST(ProbeAccess, HasAValueForEachPointOfAWrite) {
    ProbeRequest wanted = request("write", {"holding:4=21.5", "coil:0=true", "holding:9=7"});
    const ProbeAccess access = read_access(wanted).value();
    EXPECT_THAT(access.values, ElementsAre(Value(21.5), Value(true), Value(std::int64_t{7})));
    EXPECT_TRUE(access.device.points[0].writable);
}

TEST(ProbeAccess, WritesNothingTwice) {
    EXPECT_THAT(refusal(request("write", {"holding:80=40", "holding:80=43"})),
                HasSubstr("holding:80 stands twice; name it once"));
    EXPECT_THAT(refusal(request("write", {"holding:80=40", "holding:0x50=43"})),
                HasSubstr("writes over holding:80"));
    EXPECT_EQ(refusal(request("write", {"holding:80=40", "holding:81=43", "coil:80=1"})),
              "not refused");
    EXPECT_EQ(refusal(request("read", {"holding:80", "holding:80"})), "not refused");
    ProbeRequest wide = request("write", {"holding:80=40", "holding:81=43"});
    wide.options["type"] = "uint32";
    EXPECT_THAT(refusal(wide), HasSubstr("holding:81 writes over holding:80"));
    ProbeRequest bits = request("write", {"holding:80.1=1", "holding:80.2=1"});
    bits.options["write_bits"] = "mask";
    EXPECT_EQ(refusal(bits), "not refused");
}

TEST(ProbeAccess, OfABroadcastIsAWriteThatNobodyConfirms) {
    ProbeRequest wanted = request("write", {"0", "holding:4=1"}, "rtu:/dev/x");
    EXPECT_THAT(refusal(wanted), HasSubstr("verify"));
    wanted.options["verify"] = "none";
    EXPECT_EQ(refusal(wanted), "not refused");
    EXPECT_THAT(refusal(request("read", {"0", "holding:4"}, "rtu:/dev/x")),
                HasSubstr("can only be written"));
}

TEST(ScanOptionsOf, ASerialLineHasEachSpeedWithEachParity) {
    ProbeRequest wanted = request("scan", {}, "rtu:/dev/x");
    wanted.options["baud"] = "9600,19200";
    wanted.options["parity"] = "even,none";
    const ScanOptions scan = read_scan(wanted).value();
    ASSERT_EQ(scan.lines.size(), 4U);
    EXPECT_EQ(scan.lines[0].baud, 9600);
    EXPECT_EQ(scan.lines[0].parity, Parity::even);
    EXPECT_EQ(scan.lines[1].parity, Parity::none);
    EXPECT_EQ(scan.lines[3].baud, 19200);
    EXPECT_EQ(scan.units.size(), 247U);
    EXPECT_EQ(scan.units.front(), 1);
}

TEST(ScanOptionsOf, AHostHasItsPortsAndAsksTheUsualUnitsFirst) {
    ProbeRequest wanted = request("scan", {});
    wanted.options["ports"] = "502,1502";
    const ScanOptions scan = read_scan(wanted).value();
    ASSERT_EQ(scan.lines.size(), 2U);
    EXPECT_EQ(scan.lines[1].endpoint.port, 1502);
    ASSERT_EQ(scan.units.size(), 256U);
    EXPECT_EQ(scan.units[0], 1);
    EXPECT_EQ(scan.units[1], 255);
}

TEST(ScanOptionsOf, WrongNumbersAreNamed) {
    ProbeRequest wanted = request("scan", {}, "rtu:/dev/x");
    wanted.options["units"] = "1-300";
    EXPECT_THAT(read_scan(wanted).error().sentence(), HasSubstr("300 is no number from 1 to 247"));
    wanted.options["units"] = "1-3";
    wanted.options["baud"] = "96oo";
    EXPECT_THAT(read_scan(wanted).error().sentence(), HasSubstr("96oo"));
    wanted.options["baud"] = "9600";
    wanted.options["parity"] = "mark";
    EXPECT_THAT(read_scan(wanted).error().sentence(), HasSubstr("none, even and odd"));
}

TEST(Numbers, AreAListWithRanges) {
    EXPECT_THAT(parse_numbers("3-5,1,4", 1, 247).value(), ElementsAre(3, 4, 5, 1));
    for (const char* bad : {"", ",", "5-3", "1-", "-3", "a", "1,,2", "0", "248"}) {
        EXPECT_FALSE(parse_numbers(bad, 1, 247).has_value()) << bad;
    }
    EXPECT_FALSE(parse_numbers("1-60000", 1, 65535).has_value());
}

}  // namespace
}  // namespace fieldway::modbus
