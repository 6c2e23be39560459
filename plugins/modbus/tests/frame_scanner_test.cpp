#include "modbus/frame_scanner.h"

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "modbus/ascii_frame.h"
#include "modbus/rtu_frame.h"

namespace fieldway::modbus {
namespace {

Bytes hex(std::string_view text) {
    return bytes_from_hex(text).value();
}
Bytes operator+(Bytes a, const Bytes& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

/// unit/pdu of each good frame, `!` before a damaged one.
std::vector<std::string> frames_in(FrameScanner& scanner, const Bytes& stream, std::size_t piece,
                                   bool gap = true) {
    std::vector<std::string> frames;
    const auto drain = [&] {
        while (const auto frame = scanner.next()) {
            frames.push_back((frame->damaged ? "!" : "") + std::to_string(frame->unit) + "/" +
                             to_hex(frame->pdu));
        }
    };
    for (std::size_t at = 0; at < stream.size(); at += piece) {
        scanner.add(ByteView(stream).subspan(at, std::min(piece, stream.size() - at)));
        drain();
    }
    if (gap) scanner.gap();
    drain();
    return frames;
}

const Bytes answer = rtu_frame(1, hex("03 04 0001 0002"));
const Bytes request = rtu_frame(7, hex("03 0000 0002"));
using Frames = std::vector<std::string>;

TEST(RtuScanner, FindsGluedFramesHoweverTheyAreCut) {
    for (std::size_t piece = 1; piece < 30; ++piece) {
        RtuScanner scanner;
        EXPECT_EQ(frames_in(scanner, request + answer + rtu_frame(2, hex("83 02")) + answer, piece,
                            false),
                  (Frames{"7/0300000002", "1/030400010002", "2/8302", "1/030400010002"}))
            << piece;
    }
}

TEST(RtuScanner, FindsTheFrameBehindNoise) {
    for (const char* noise : {"00", "FF", "01", "01 03", "01 03 FF",
                              "00 00 00 00 00 00 00 00 00 00", "01 03 04 00 01 00", "FF 41 05"}) {
        RtuScanner scanner;
        const Frames frames = frames_in(scanner, hex(noise) + answer, 1);
        EXPECT_EQ(std::count(frames.begin(), frames.end(), "1/030400010002"), 1) << noise;
    }
}

TEST(RtuScanner, CallsOnlyTheFirstOfABurstDamaged) {
    Bytes damaged = answer;
    damaged.back() ^= 1U;
    RtuScanner scanner;
    EXPECT_EQ(frames_in(scanner, damaged, 64), Frames{"!1/030400010002"});
    EXPECT_EQ(frames_in(scanner, damaged + answer, 64),
              (Frames{"!1/030400010002", "1/030400010002"}));
    for (const std::string& frame : frames_in(scanner, hex("55") + damaged, 64))
        EXPECT_FALSE(frame.starts_with("!1/")) << "not just anywhere in noise";
}

TEST(RtuScanner, TakesAMakersOwnFunctionAtTheSilence) {
    RtuScanner scanner;
    EXPECT_EQ(frames_in(scanner, rtu_frame(1, hex("41 01 02 03")), 2), Frames{"1/41010203"});
}

TEST(RtuScanner, EndlessNoiseDoesNotGrow) {
    RtuScanner scanner;
    for (int i = 0; i < 1000; ++i) {
        scanner.add(hex("01 03 FF 41 55 01 10"));
        while (scanner.next())
            continue;
        EXPECT_LE(scanner.unsettled().size(), longest_rtu_frame + 8);
    }
}

TEST(AsciiFrame, IsWhatTheStandardShows) {
    EXPECT_EQ(as_text(ascii_frame(1, hex("03 006B 0003"))), ":0103006B00038E\r\n");
    const auto content = ascii_content(as_bytes("0103006B00038E"));
    ASSERT_TRUE(content);
    EXPECT_EQ(to_hex(content->pdu), "03006b0003");
    for (const char* bad : {"0103006B00038F", "0103006B00038", "01", "0103 006B00038E", "01XX"})
        EXPECT_FALSE(ascii_content(as_bytes(bad))) << bad;
}

TEST(AsciiScanner, FindsFramesBetweenAnything) {
    const Bytes frame = ascii_frame(1, hex("03 02 00D7"));
    const Bytes cut(frame.begin(), frame.begin() + 6);
    for (std::size_t piece = 1; piece < 20; ++piece) {
        AsciiScanner scanner;
        EXPECT_EQ(frames_in(scanner, hex("00 FF 0A") + cut + frame + hex("0A 3A") + frame, piece),
                  (Frames{"1/030200d7", "1/030200d7"}))
            << piece;
    }
}

TEST(AsciiScanner, TellsWhoseDamagedFrameItWas) {
    Bytes frame = ascii_frame(9, hex("03 02 00D7"));
    frame[8] = '1';
    AsciiScanner scanner;
    EXPECT_EQ(frames_in(scanner, frame, 3), Frames{"!9/03"});
}

TEST(AsciiScanner, EndlessNoiseDoesNotGrow) {
    AsciiScanner scanner;
    for (int i = 0; i < 1000; ++i) {
        scanner.add(as_bytes(":0103"));
        scanner.add(Bytes(400, 'A'));
        while (scanner.next())
            continue;
        EXPECT_LE(scanner.unsettled().size(), longest_ascii_frame + 400);
    }
}

}  // namespace
}  // namespace fieldway::modbus
