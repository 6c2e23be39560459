// The pure parts of the store, each by itself: bytes, scan, index, gaps, retention.
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "queue/ack_journal.h"
#include "queue/crc32c.h"
#include "queue/gap_book.h"
#include "queue/retention.h"
#include "queue/segment_scan.h"
#include "queue/snapshot.h"
#include "queue/stream_index.h"

namespace fieldway::queue {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const StreamKey key{"cloud", DeviceId::parse("one").value(), Lane::telemetry, Drain::in_order};
const StreamKey other{"cloud", DeviceId::parse("two").value(), Lane::telemetry, Drain::live_first};

Message message(const StreamKey& stream, std::string payload) {
    return {stream.uplink,    stream.device,      "sub", stream.lane,
            ContentType::csv, std::move(payload), {},    stream.drain};
}

TEST(Crc32c, GivesTheCheckValuesOfTheStandard) {
    EXPECT_EQ(crc32c(as_bytes("123456789")), 0xE3069283U);
    EXPECT_EQ(crc32c(Bytes(32, 0)), 0x8A9136AAU);  // RFC 3720, B.4
    EXPECT_EQ(crc32c(Bytes(32, 0xFF)), 0x62A8AB43U);
    EXPECT_EQ(crc32c(as_bytes("6789"), crc32c(as_bytes("12345"))), 0xE3069283U);
}

TEST(Compression, GivesBackWhatItTookAndLeavesAloneWhatDoesNotShrink) {
    Compressor compressor;
    const Bytes raw(5000, 42);
    const ByteView packed = compressor.compress(raw);
    ASSERT_GT(packed.size(), 0U);
    Bytes again;
    EXPECT_TRUE(decompress(packed, raw.size(), again));
    EXPECT_EQ(again, raw);
    EXPECT_FALSE(decompress(packed, raw.size() - 1, again));
    std::mt19937 random(1);
    Bytes noise;
    for (int at = 0; at < 2000; ++at)
        noise.push_back(static_cast<std::uint8_t>(random()));
    EXPECT_THAT(compressor.compress(noise), IsEmpty());
}

TEST(FrameTest, ComesBackWithEverythingThatWasPutIn) {
    FrameBuilder builder;
    const DeadNote dead{7, WallTime(std::chrono::milliseconds(9)), "why"};
    builder.add(builder.stream(key), 5, message(key, "five"));
    Message lacking = message(other, std::string(1, '\0'));
    lacking.lacks = {{TimePlace::Form::unix_s, 1, 0, MonotonicTime(Duration(8))},
                     {TimePlace::Form::little_s, 1, 0, MonotonicTime(Duration(9))}};
    builder.add(builder.stream(other), 6, lacking, &dead);
    const Timestamp time{MonotonicTime(Duration(3)), WallTime(std::chrono::milliseconds(4)), false};
    const Bytes first(builder.finish(11, 2, time, nullptr).begin(),
                      builder.finish(11, 2, time, nullptr).end());
    EXPECT_EQ(first.size() % 8, 0U);
    const auto header = decode_frame_header(first);
    ASSERT_TRUE(header);
    EXPECT_EQ(header->salt, 11U);
    EXPECT_EQ(header->number, 2U);
    EXPECT_EQ(header->time, time);
    Bytes room;
    const auto raw =
        open_body(*header, ByteView(first).subspan(FrameHeader::size, header->stored_bytes), room);
    ASSERT_TRUE(raw);
    const auto body = FrameBody::decode(*header, *raw);
    ASSERT_TRUE(body);
    EXPECT_THAT(body->streams(), ElementsAre(key, other));
    ASSERT_THAT(body->records(), SizeIs(2));
    EXPECT_EQ(body->records()[0].payload, "five");
    EXPECT_EQ(body->records()[0].content_type, ContentType::csv);
    EXPECT_THAT(body->records()[0].lacks, IsEmpty());
    EXPECT_EQ(body->records()[1].dead->reason, "why");
    EXPECT_EQ(body->records()[1].lacks, lacking.lacks);
    EXPECT_FALSE(body->records()[1].time.settled);
    EXPECT_EQ(record_at(*raw, body->records()[1].offset).dead->number, 7U);
}

TEST(SegmentScan, GoesOnBehindABadFrameAndSaysWhatIsMissing) {
    FrameBuilder builder;
    Bytes file;
    std::vector<std::size_t> offsets;
    for (std::uint32_t number = 1; number <= 3; ++number) {
        builder.clear();
        builder.add(builder.stream(key), number, message(key, "payload"));
        const ByteView frame = builder.finish(11, number, {}, nullptr);
        offsets.push_back(file.size());
        file.insert(file.end(), frame.begin(), frame.end());
    }
    Bytes bad = file;
    bad[offsets[1] + FrameHeader::size] ^= 1;
    Scan scan = scan_frames(bad, 0, 11);
    EXPECT_THAT(scan.frames, SizeIs(2));
    ASSERT_THAT(scan.damages, SizeIs(1));
    EXPECT_EQ(scan.damages[0].offset, offsets[1]);
    EXPECT_EQ(scan.damages[0].frames, 1U);
    EXPECT_EQ(scan.damages[0].records, 1U);
    EXPECT_FALSE(scan.torn);
    bad = file;
    bad[offsets[2]] ^= 1;
    scan = scan_frames(bad, 0, std::nullopt);
    EXPECT_THAT(scan.frames, SizeIs(2));
    EXPECT_THAT(scan.damages, IsEmpty());
    EXPECT_TRUE(scan.torn);
    EXPECT_EQ(scan.data_end, offsets[2]);
    EXPECT_THAT(scan_frames(file, 0, 12).frames, IsEmpty());  // of another file
}

TEST(SegmentFormat, HeaderFooterAndNameComeBack) {
    const SegmentHeader header{format_version, SegmentKind::bulk, 42, 99, 3, "a-boot"};
    Bytes bytes;
    encode(header, bytes);
    EXPECT_EQ(bytes.size(), SegmentHeader::size);
    EXPECT_EQ(decode_segment_header(bytes), header);
    RunBook book;
    book.add(0, 5, 10, {}, 96);
    book.add(0, 6, 10, {}, 96);
    book.add(0, 9, 10, {}, 200);
    const Footer footer{header, 2, 300, {}, {key}, book.runs()};
    ASSERT_THAT(footer.runs, SizeIs(2));
    Bytes file(300);
    const Bytes end = encode(footer);
    file.insert(file.end(), end.begin(), end.end());
    const auto trailer = decode_trailer(ByteView(file).last(Trailer::size), file.size());
    ASSERT_TRUE(trailer);
    EXPECT_EQ(decode_footer(*trailer, ByteView(file).subspan(trailer->offset, trailer->length)),
              footer);
    EXPECT_EQ(segment_file_name(SegmentKind::dead, 7), "dead-0000000007.seg");
    EXPECT_EQ(parse_segment_file_name("dead-0000000007.seg")->number, 7U);
    EXPECT_FALSE(parse_segment_file_name("dead-7.seg"));
    EXPECT_FALSE(parse_segment_file_name("dead-0000000007.seg.set-aside"));
}

TEST(AckJournalTest, TheEntriesBehindABadOneAreFound) {
    Bytes bytes;
    encode_ack_header(bytes);
    const AckEntry one{key, false, 5, {{7, 7}, {9, 5'000'000'000}}};
    const AckEntry two{other, false, 6, {}};
    encode(one, bytes);
    const std::size_t second = bytes.size();
    encode(two, bytes);
    encode(one, bytes);
    EXPECT_THAT(decode_ack_journal(bytes).entries, ElementsAre(one, two, one));
    bytes[second + 20] ^= 1;
    const AckJournal journal = decode_ack_journal(bytes);
    EXPECT_THAT(journal.entries, ElementsAre(one, one));
    EXPECT_GT(journal.skipped, 0U);
}

TEST(SnapshotTest, ComesBackAndAnyBadByteIsSeen) {
    Snapshot snapshot{9, 8, 7, {{key, 100}, {other, 3}}, {}};
    snapshot.gaps.push_back({4, {key, LossReason::thinned, 3, 1, 5, {}, {}}});
    const Bytes bytes = encode(snapshot);
    EXPECT_EQ(decode_snapshot(bytes).snapshot, snapshot);
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        Bytes bad = bytes;
        bad[at] ^= 16;
        EXPECT_FALSE(decode_snapshot(bad).snapshot) << at;
    }
}

class StreamIndexTest : public ::testing::Test {
  protected:
    void add(SegmentNumber segment, std::initializer_list<Sequence> sequences) {
        for (const Sequence sequence : sequences)
            index.add(id, segment, sequence, 10);
    }
    std::uint64_t records() const { return index.at(id).live.records; }
    std::uint64_t live(SegmentNumber segment) const {
        return index.live_of(SegmentKind::telemetry, segment).records;
    }
    StreamIndex index;
    const StreamId id = index.id_of(key, SegmentKind::telemetry);
};

TEST_F(StreamIndexTest, CountsWhatWaitsBySegment) {
    add(1, {1, 2, 3});
    add(2, {4, 5});
    index.acknowledge(id, 2, {});
    EXPECT_EQ(records(), 3U);
    EXPECT_EQ(live(1), 1U);
    index.acknowledge(id, 0, std::vector<Sequence>{3});
    EXPECT_EQ(live(1), 0U);
    EXPECT_EQ(index.at(id).through, 3U);
    EXPECT_EQ(index.extent_after(id, 3)->segment, 2U);
}

TEST_F(StreamIndexTest, ASegmentWithHolesIsNotEmptyBeforeItsLastRecordIsDoneWith) {
    add(1, {1, 3, 5, 7, 9, 11, 13});  // more holes than runs are kept apart
    index.acknowledge(id, 0, std::vector<Sequence>{2, 4, 6, 8, 10, 12});
    EXPECT_GE(live(1), 1U);
    index.acknowledge(id, 12, {});
    EXPECT_GE(live(1), 1U);
    index.acknowledge(id, 13, {});
    EXPECT_EQ(live(1), 0U);
}

TEST_F(StreamIndexTest, WhatTheJournalHasIsDoneWithHoweverMuchItIs) {
    const std::vector<SequenceSet::Span> above{{11, 20}, {25, 5'000'000'000}};
    index.restore_acknowledged(id, 10, above);
    EXPECT_EQ(index.at(id).through, 20U);
    EXPECT_TRUE(index.done(id, 4'000'000'000));
    EXPECT_FALSE(index.done(id, 22));
    index.add_run(id, 1, {id, 30, 300, 1, 30, {}, {}, 96});
    EXPECT_EQ(records(), 4U);
    index.acknowledge(id, 24, {});
    EXPECT_EQ(records(), 0U);
    EXPECT_EQ(index.at(id).through, 5'000'000'000U);
    EXPECT_TRUE(index.at(id).above.empty());
}

TEST_F(StreamIndexTest, ALongTailOfLiveMessagesIsOneSpan) {
    add(1, {1, 2, 3});
    for (Sequence live = 4; live <= 5000; ++live)
        index.acknowledge(id, 0, std::vector<Sequence>{live});
    EXPECT_EQ(index.at(id).above.spans(), 1U);
    EXPECT_EQ(records(), 3U);
    index.acknowledge(id, 3, {});
    EXPECT_EQ(index.at(id).through, 5000U);
}

TEST_F(StreamIndexTest, OfTwoSegmentsWithTheSameSequenceTheLaterOneCounts) {
    index.add_run(id, 1, {id, 5, 50, 1, 5, {}, {}, 96});
    index.add_run(id, 2, {id, 4, 40, 4, 7, {}, {}, 96});
    EXPECT_EQ(records(), 7U);
    EXPECT_EQ(live(1), 3U);
    EXPECT_EQ(live(2), 4U);
}

TEST(GapBookTest, LossesOfOneStreamAndReasonAreOneUntilItIsTaken) {
    GapBook book;
    book.add({key, LossReason::bytes, 2, 1, 2, {}, {}});
    book.add({key, LossReason::bytes, 3, 5, 9, {}, {}});
    book.add({key, LossReason::age, 1, 3, 3, {}, {}});
    ASSERT_THAT(book.gaps(), SizeIs(2));
    EXPECT_EQ(book.gaps()[0].loss.count, 5U);
    EXPECT_EQ(book.gaps()[0].loss.last, 9U);
    ASSERT_TRUE(book.take(1));
    book.add({key, LossReason::bytes, 1, 10, 10, {}, {}});
    EXPECT_THAT(book.gaps(), SizeIs(3));
    EXPECT_TRUE(book.forget(1));
    EXPECT_FALSE(book.forget(1));
}

TEST(Retention, RoomIsMadeInTheLowestLaneAndNeverAbove) {
    EXPECT_EQ(kind_to_evict(SegmentKind::alarm, {true, true, true, true}), SegmentKind::bulk);
    EXPECT_EQ(kind_to_evict(SegmentKind::telemetry, {true, true, false, true}),
              SegmentKind::telemetry);
    EXPECT_EQ(kind_to_evict(SegmentKind::bulk, {true, true, false, true}), std::nullopt);
}

TEST(Retention, AgeIsCountedByTheClockThatCanBeBelieved) {
    const Timestamp written{MonotonicTime(std::chrono::hours(1)), WallTime()};
    Timestamp now{MonotonicTime(std::chrono::hours(3)), WallTime(std::chrono::hours(9))};
    EXPECT_TRUE(too_old(written, true, now, std::chrono::hours(1)));
    EXPECT_FALSE(too_old(written, true, now, std::chrono::hours(2)));
    EXPECT_TRUE(too_old(written, false, now, std::chrono::hours(8)));
    now.settled = false;
    EXPECT_FALSE(too_old(written, false, now, std::chrono::hours(8)));
}

TEST(Retention, ThinningTakesTheLeastThinnedOfTheOlderHalf) {
    const std::vector<ThinCandidate> candidates{{1, 2, 9}, {2, 1, 9}, {3, 1, 9}, {4, 0, 9}};
    EXPECT_EQ(segment_to_thin(candidates), 2U);
    const std::vector<ThinCandidate> worn{{1, most_thinnings, 9}, {2, 0, 9}};
    EXPECT_EQ(segment_to_thin(worn), std::nullopt);
}

}  // namespace
}  // namespace fieldway::queue
