#include "service/service_manager.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <cstdlib>
#include <cstring>
#include <string>

#include <gtest/gtest.h>

#include "base/unique_fd.h"
#include "support/temp_folder.h"

namespace fieldway::service {
namespace {

/// Plays systemd: a datagram socket named by NOTIFY_SOCKET.
class ServiceManagerTest : public testing::Test {
  protected:
    void SetUp() override {
        socket_.reset(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::strncpy(address.sun_path, path_.c_str(), sizeof address.sun_path - 1);
        ASSERT_EQ(::bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
        ::setenv("NOTIFY_SOCKET", path_.c_str(), 1);
    }
    void TearDown() override {
        ::unsetenv("NOTIFY_SOCKET");
        ::unsetenv("WATCHDOG_USEC");
    }
    std::string received() {
        char buffer[512];
        const ssize_t got = ::recv(socket_.get(), buffer, sizeof buffer, MSG_DONTWAIT);
        return got < 0 ? "" : std::string(buffer, static_cast<std::size_t>(got));
    }

    test::TempFolder folder_;
    std::string path_ = (folder_.path() / "notify").string();
    UniqueFd socket_;
};

TEST_F(ServiceManagerTest, ReadyComesWithTheStatus) {
    ServiceManager().ready("2 of 3 devices answer");
    EXPECT_EQ(received(), "READY=1\nSTATUS=2 of 3 devices answer");
}

TEST_F(ServiceManagerTest, StoppingIsTold) {
    ServiceManager().stopping();
    EXPECT_EQ(received().rfind("STOPPING=1", 0), 0U);
}

TEST_F(ServiceManagerTest, TheWatchdogsIntervalIsTheUnits) {
    EXPECT_EQ(ServiceManager::watchdog_interval(), std::nullopt);
    ::setenv("WATCHDOG_USEC", "3000000", 1);
    EXPECT_EQ(ServiceManager::watchdog_interval(), std::chrono::seconds(3));
    ServiceManager().watchdog();
    EXPECT_EQ(received(), "WATCHDOG=1");
}

TEST(ServiceManagerAlone, WithoutAManagerNothingHappens) {
    ::unsetenv("NOTIFY_SOCKET");
    ServiceManager().ready("nobody listens");
}

}  // namespace
}  // namespace fieldway::service
