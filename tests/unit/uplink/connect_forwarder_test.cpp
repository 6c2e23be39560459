#include "uplink/connect_forwarder.h"

#include <gtest/gtest.h>

namespace fieldway::uplink {
namespace {

TEST(ConnectHead, NamesHostAndPort) {
    EXPECT_EQ(parse_connect_head("CONNECT broker.example:8883 HTTP/1.1\r\nHost: x\r\n\r\n"),
              (ConnectTarget{"broker.example", 8883}));
    EXPECT_EQ(parse_connect_head("CONNECT [::1]:1 HTTP/1.0\r\n\r\n"), (ConnectTarget{"[::1]", 1}));
}

TEST(ConnectHead, AnythingElseIsNone) {
    for (const char* head :
         {"", "\r\n", "GET / HTTP/1.1\r\n\r\n", "CONNECT broker HTTP/1.1\r\n\r\n",
          "CONNECT broker:70000 HTTP/1.1\r\n\r\n", "CONNECT broker:x HTTP/1.1\r\n\r\n",
          "CONNECT :1 HTTP/1.1\r\n\r\n", "CONNECT broker:1\r\n\r\n", "CONNECT broker:1 HTTP/1.1"}) {
        EXPECT_EQ(parse_connect_head(head), std::nullopt) << head;
    }
}

TEST(ConnectForwarder, TakesAFreePort) {
    const auto one = ConnectForwarder::start();
    const auto other = ConnectForwarder::start();
    ASSERT_TRUE(one);
    ASSERT_TRUE(other);
    EXPECT_NE((*one)->url(), (*other)->url());
}

}  // namespace
}  // namespace fieldway::uplink
