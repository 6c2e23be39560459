#include "common/serial_port.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/pseudo_terminal.h"

namespace fieldway::common {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

PseudoTerminal new_line() {
    auto line = PseudoTerminal::open();
    EXPECT_TRUE(line) << line.error().text();
    return std::move(line.value());
}

SerialSettings settings_for(std::string path) {
    SerialSettings settings;
    settings.path = std::move(path);
    return settings;
}

std::string error_of(SerialPort& port) {
    const auto opened = port.open();
    return opened ? std::string("opened") : opened.error().sentence();
}

TEST(SerialPort, CarriesEveryByteUnchanged) {
    const PseudoTerminal line = new_line();
    SerialPort port(settings_for(line.path()));
    ASSERT_EQ(error_of(port), "opened");
    std::vector<std::uint8_t> all(256);
    for (std::size_t i = 0; i < all.size(); ++i)
        all[i] = static_cast<std::uint8_t>(i);
    ASSERT_EQ(::write(line.far(), all.data(), all.size()), 256);
    std::vector<std::uint8_t> got(300);
    ASSERT_EQ(::read(port.descriptor(), got.data(), got.size()), 256);
    got.resize(256);
    EXPECT_EQ(got, all);
    ASSERT_EQ(::write(port.descriptor(), all.data(), all.size()), 256);
    got.assign(300, 0);
    ASSERT_EQ(::read(line.far(), got.data(), got.size()), 256);
    got.resize(256);
    EXPECT_EQ(got, all);
}

TEST(SerialPort, OpensThroughALinkAsUdevMakesThem) {
    const PseudoTerminal line = new_line();
    const std::string link = ::testing::TempDir() + "/by-id-" + std::to_string(::getpid());
    std::filesystem::create_symlink(line.path(), link);
    SerialPort port(settings_for(link));
    EXPECT_EQ(error_of(port), "opened");
    std::filesystem::remove(link);
}

TEST(SerialPort, APortThatIsNotThereIsWaitedFor) {
    SerialPort port(settings_for("/dev/no-such-port"));
    const auto opened = port.open();
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().consequence(), Consequence::retry);
    EXPECT_THAT(opened.error().sentence(), HasSubstr("there is no port /dev/no-such-port"));
}

TEST(SerialPort, APipeOrAFileIsNoSerialPort) {
    const std::string pipe = ::testing::TempDir() + "/pipe-" + std::to_string(::getpid());
    ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
    SerialPort port(settings_for(pipe));
    EXPECT_THAT(error_of(port), HasSubstr("is a pipe: a serial port is asked for"));
    ::unlink(pipe.c_str());
    SerialPort null(settings_for("/dev/null"));
    EXPECT_THAT(error_of(null), HasSubstr("no terminal"));
}

TEST(SerialPort, ABusyPortNamesWhoHoldsIt) {
    const PseudoTerminal line = new_line();
    SerialPort first(settings_for(line.path()));
    ASSERT_EQ(error_of(first), "opened");
    SerialPort second(settings_for(line.path()));
    EXPECT_THAT(error_of(second),
                AllOf(HasSubstr("is in use by"), HasSubstr("this gateway, by another input")));
    first.close();
    EXPECT_EQ(error_of(second), "opened");
}

TEST(SerialPort, AnotherProcessIsNamedByItsNumber) {
    const PseudoTerminal line = new_line();
    std::array<int, 2> ready{};
    std::array<int, 2> finish{};
    ASSERT_EQ(::pipe(ready.data()), 0);
    ASSERT_EQ(::pipe(finish.data()), 0);
    const pid_t child = ::fork();
    if (child == 0) {
        char byte = 0;
        ::prctl(PR_SET_NAME, "fieldway");
        ::close(finish[1]);
        const int held = ::open(line.path().c_str(), O_RDWR | O_NOCTTY);
        ::flock(held, LOCK_EX);
        (void)!::write(ready[1], "x", 1);
        (void)!::read(finish[0], &byte, 1);
        ::_exit(0);
    }
    char byte = 0;
    ASSERT_EQ(::read(ready[0], &byte, 1), 1);
    SerialPort port(settings_for(line.path()));
    EXPECT_THAT(error_of(port),
                AllOf(HasSubstr("is in use by process " + std::to_string(child) + " (fieldway)"),
                      HasSubstr("--control with its socket")));
    for (const int fd : {ready[0], ready[1], finish[0], finish[1]})
        ::close(fd);
    ::waitpid(child, nullptr, 0);
    EXPECT_EQ(error_of(port), "opened");
}

TEST(SerialPort, NoPermissionSaysWhoHasIt) {
    if (::geteuid() != 0) GTEST_SKIP() << "needs to give up being root";
    const PseudoTerminal line = new_line();
    ASSERT_EQ(::chmod(line.path().c_str(), 0600), 0);
    SerialPort port(settings_for(line.path()));
    ASSERT_EQ(::seteuid(65534), 0);
    const auto opened = port.open();
    ASSERT_EQ(::seteuid(0), 0);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().consequence(), Consequence::stop_device);
    EXPECT_THAT(opened.error().sentence(),
                AllOf(HasSubstr("no permission"),
                      HasSubstr("open to its owner root alone: run this program as the same")));
}

TEST(SerialPort, ARateThatIsNoneNamesTheNext) {
    const PseudoTerminal line = new_line();
    SerialSettings settings = settings_for(line.path());
    settings.format.baud = 9000;
    SerialPort port(settings);
    EXPECT_EQ(error_of(port), "9000 baud is no standard rate: the next one is 9600");
}

TEST(SerialPort, EveryStandardRateCanBeSet) {
    const PseudoTerminal line = new_line();
    for (const std::uint32_t baud : standard_bauds()) {
        SerialSettings settings = settings_for(line.path());
        settings.format = {baud, Parity::even, 8, 2};
        SerialPort port(settings);
        EXPECT_EQ(error_of(port), "opened") << baud;
    }
}

/// A pseudo-terminal drops parity and 7 bits; the C library calls that invalid the second time,
/// when nothing else is left to be changed.
TEST(SerialPort, APseudoTerminalOpensAgainWithTheSameParity) {
    const PseudoTerminal line = new_line();
    for (const LineFormat& format :
         {LineFormat{19200, Parity::even, 8, 1}, LineFormat{9600, Parity::odd, 7, 2}}) {
        SerialSettings settings = settings_for(line.path());
        settings.format = format;
        for (int times = 1; times <= 3; ++times) {
            SerialPort port(settings);
            EXPECT_EQ(error_of(port), "opened") << to_text(format) << ", time " << times;
        }
    }
}

TEST(SerialPort, ADriverWithoutRs485ModeSaysSo) {
    const PseudoTerminal line = new_line();
    SerialSettings settings = settings_for(line.path());
    settings.kernel_rs485 = true;
    SerialPort port(settings);
    EXPECT_THAT(error_of(port),
                AllOf(HasSubstr("has no RS-485 mode"), HasSubstr("set rs485 to off")));
}

TEST(SerialPort, KeepsItsNumberWhileThePortIsAway) {
    PseudoTerminal line = new_line();
    SerialPort port(settings_for(line.path()));
    const int number = port.descriptor();
    ASSERT_EQ(error_of(port), "opened");
    EXPECT_EQ(port.descriptor(), number);
    line.unplug();
    port.close();
    EXPECT_EQ(port.descriptor(), number);
    EXPECT_NE(::open("/dev/null", O_RDONLY | O_CLOEXEC), number);
    const PseudoTerminal other = new_line();
    SerialPort moved(settings_for(other.path()));
    EXPECT_EQ(error_of(moved), "opened");
}

/// fault 42 and libmodbus: a gateway with many connections must still get its line back.
TEST(SerialPort, ReopensBelowTheSelectLimitWhenAllLowNumbersAreTaken) {
    rlimit limit{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
    if (limit.rlim_cur < 2000) GTEST_SKIP() << "the limit of open files is " << limit.rlim_cur;
    const PseudoTerminal line = new_line();
    SerialPort port(settings_for(line.path()));
    std::vector<UniqueFd> taken;
    while (taken.empty() || taken.back().get() < select_limit)
        taken.emplace_back(::open("/dev/null", O_RDONLY));
    EXPECT_EQ(error_of(port), "opened");
    EXPECT_LT(port.descriptor(), select_limit);
    const PseudoTerminal second_line = new_line();
    SerialPort late(settings_for(second_line.path()));
    EXPECT_THAT(error_of(late), HasSubstr("no descriptor below 1024 is free"));
}

}  // namespace
}  // namespace fieldway::common
