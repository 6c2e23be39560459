#include "flow/message.h"

#include <gtest/gtest.h>

namespace fieldway {
namespace {

TEST(Lane, HasTheNameOfTheConfiguration) {
    EXPECT_EQ(name_of(Lane::alarm), "alarm");
    EXPECT_EQ(name_of(Lane::telemetry), "telemetry");
    EXPECT_EQ(name_of(Lane::bulk), "bulk");
}

TEST(Lane, IsListedHighestFirst) {
    EXPECT_EQ(all_lanes.front(), Lane::alarm);
    EXPECT_EQ(all_lanes.back(), Lane::bulk);
}

TEST(ContentType, IsARegisteredMimeType) {
    EXPECT_EQ(mime_of(ContentType::json), "application/json");
    EXPECT_EQ(mime_of(ContentType::csv), "text/csv");
    EXPECT_EQ(mime_of(ContentType::text), "text/plain");
    EXPECT_EQ(mime_of(ContentType::xml), "application/xml");
    EXPECT_EQ(mime_of(ContentType::binary), "application/octet-stream");
}

}  // namespace
}  // namespace fieldway
