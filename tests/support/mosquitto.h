// A real mosquitto on a free loopback port, in a folder of its own, ended by its process id.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "support/files.h"
#include "support/temp_folder.h"

namespace fieldway::test {

/// Runs a program to its end, its output into `output` when not empty. Gives its exit status.
int run_program(const std::vector<std::string>& arguments,
                const std::filesystem::path& output = {});

/// A child process that ends with the object (SIGTERM, then SIGKILL after 5 s), and with the thread
/// that made it. A program that is not there ends at once, with status 127.
class ChildProcess {
  public:
    ChildProcess() = default;
    explicit ChildProcess(const std::vector<std::string>& arguments,
                          const std::filesystem::path& output);
    ~ChildProcess() { stop(); }
    ChildProcess(ChildProcess&& other) noexcept;
    ChildProcess& operator=(ChildProcess&& other) noexcept;
    void stop();
    [[nodiscard]] bool running();

  private:
    pid_t pid_ = -1;
};

/// A certificate authority made for one test by openssl, and a server certificate for `names`.
struct TestCertificates {
    std::filesystem::path ca;
    std::filesystem::path certificate;
    std::filesystem::path key;
};
/// `subject_alternatives` as openssl writes them: `DNS:localhost,IP:127.0.0.1`. The server's is
/// good for `days`; below 0 it has expired.
TestCertificates make_certificates(const std::filesystem::path& folder,
                                   const std::string& subject_alternatives, int days = 2);

class Mosquitto {
  public:
    struct Options {
        std::string user;  ///< empty: anonymous
        std::string password;
        /// Server certificates: TLS on the one listener.
        TestCertificates tls;
        /// More lines of mosquitto.conf.
        std::string more;
    };

    Mosquitto() : Mosquitto(Options()) {}
    explicit Mosquitto(const Options& options);
    ~Mosquitto() { stop(); }

    /// On the same port each time; returns when it accepts connections.
    void start();
    void stop() { process_.stop(); }
    [[nodiscard]] std::uint16_t port() const { return port_; }
    [[nodiscard]] std::string log() const { return read_file(folder_.path() / "log"); }

    /// mosquitto_sub with `arguments` (topics, formats); it prints into `output`. Returns when it
    /// has subscribed.
    ChildProcess subscribe(const std::vector<std::string>& arguments,
                           const std::filesystem::path& output);

  private:
    TempFolder folder_;
    Options options_;
    std::uint16_t port_ = 0;
    ChildProcess process_;
};

/// A port of 127.0.0.1 that was free a moment ago.
std::uint16_t free_port();

/// Looks again and again for something that another process does; false after `most`.
bool wait_for(const std::function<bool()>& happened,
              std::chrono::milliseconds most = std::chrono::seconds(20));

}  // namespace fieldway::test
