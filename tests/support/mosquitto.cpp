#include "support/mosquitto.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace fieldway::test {

namespace {

constexpr int cannot_be_started = 127;  // as a shell says it

/// Between fork and exec: system calls alone, on what was made before.
[[noreturn]] void become(char* const* arguments, const char* output, pid_t parent) {
    // A test that is killed cleans nothing up: its children end with the thread that started them.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(1);  // it ended before that: no signal comes any more
    ::dup2(::open("/dev/null", O_RDONLY | O_CLOEXEC), STDIN_FILENO);
    ::dup2(::open(output, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644), STDOUT_FILENO);
    ::dup2(STDOUT_FILENO, STDERR_FILENO);
    ::execvp(arguments[0], arguments);
    constexpr std::string_view sentence = "the program cannot be started; is it installed?\n";
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, sentence.data(), sentence.size());
    ::_exit(cannot_be_started);
}

pid_t spawn(const std::vector<std::string>& arguments, const std::filesystem::path& output) {
    std::vector<char*> raw;
    for (const std::string& argument : arguments)
        raw.push_back(const_cast<char*>(argument.c_str()));
    raw.push_back(nullptr);
    const std::string path = output.empty() ? "/dev/null" : output.string();
    const pid_t parent = ::getpid();
    const pid_t pid = ::fork();
    if (pid < 0) throw std::runtime_error("no process for " + arguments[0]);
    if (pid == 0) become(raw.data(), path.c_str(), parent);
    return pid;
}

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

bool accepts(std::uint16_t port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in address = loopback(port);
    const bool connected =
        ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    ::close(fd);
    return connected;
}

/// /usr/sbin is not on every user's path.
std::string mosquitto_program() {
    return std::filesystem::exists("/usr/sbin/mosquitto") ? "/usr/sbin/mosquitto" : "mosquitto";
}

void must_run(const std::vector<std::string>& arguments, const std::filesystem::path& output) {
    if (run_program(arguments, output) != 0) {
        throw std::runtime_error(arguments[0] + " failed: " + read_file(output));
    }
}

}  // namespace

int run_program(const std::vector<std::string>& arguments, const std::filesystem::path& output) {
    int status = 0;
    ::waitpid(spawn(arguments, output), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

ChildProcess::ChildProcess(const std::vector<std::string>& arguments,
                           const std::filesystem::path& output)
    : pid_(spawn(arguments, output)) {}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept : pid_(std::exchange(other.pid_, -1)) {}

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
    if (this != &other) {
        stop();
        pid_ = std::exchange(other.pid_, -1);
    }
    return *this;
}

bool ChildProcess::running() {
    if (pid_ < 0) return false;
    if (::waitpid(pid_, nullptr, WNOHANG) == 0) return true;
    pid_ = -1;
    return false;
}

void ChildProcess::stop() {
    if (pid_ < 0) return;
    // mosquitto loses a SIGTERM that comes between its handler and its main loop: ask again.
    for (int asked = 0; asked < 10 && pid_ >= 0; ++asked) {
        ::kill(pid_, SIGTERM);
        wait_for([this] { return !running(); }, std::chrono::milliseconds(500));
    }
    if (pid_ < 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
}

bool wait_for(const std::function<bool()>& happened, std::chrono::milliseconds most) {
    const auto end = std::chrono::steady_clock::now() + most;
    while (!happened()) {
        if (std::chrono::steady_clock::now() >= end) return false;
        ::poll(nullptr, 0, 5);
    }
    return true;
}

std::uint16_t free_port() {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    ::bind(fd, reinterpret_cast<const sockaddr*>(&address), size);
    ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
    ::close(fd);
    return ntohs(address.sin_port);
}

TestCertificates make_certificates(const std::filesystem::path& folder,
                                   const std::string& subject_alternatives, int days) {
    const auto file = [&](const char* name) { return (folder / name).string(); };
    const std::filesystem::path log = folder / "openssl.log";
    must_run({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
              "-nodes", "-days", "2", "-subj", "/CN=Fieldway test CA", "-keyout", file("ca.key"),
              "-out", file("ca.pem")},
             log);
    must_run(
        {"openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
         "-subj", "/CN=test broker", "-keyout", file("server.key"), "-out", file("server.csr")},
        log);
    write_file(folder / "san.conf", "subjectAltName=" + subject_alternatives + "\n");
    must_run({"openssl", "x509", "-req", "-in", file("server.csr"), "-CA", file("ca.pem"), "-CAkey",
              file("ca.key"), "-CAcreateserial", "-days", std::to_string(days), "-extfile",
              file("san.conf"), "-out", file("server.pem")},
             log);
    return {folder / "ca.pem", folder / "server.pem", folder / "server.key"};
}

Mosquitto::Mosquitto(const Options& options) : options_(options), port_(free_port()) {
    const auto file = [&](const char* name) { return (folder_.path() / name).string(); };
    std::string text = "listener " + std::to_string(port_) + " 127.0.0.1\n";
    // As root mosquitto would become another user, who cannot read this folder.
    if (::getuid() == 0) text += "user root\n";
    text += "persistence true\npersistence_location " + folder_.path().string() + "/\n";
    text += "log_type all\nmax_queued_messages 0\n";
    if (options_.user.empty()) {
        text += "allow_anonymous true\n";
    } else {
        must_run(
            {"mosquitto_passwd", "-b", "-c", file("passwords"), options_.user, options_.password},
            folder_.path() / "passwd.log");
        text += "allow_anonymous false\npassword_file " + file("passwords") + "\n";
    }
    if (!options_.tls.key.empty()) {
        text += "certfile " + options_.tls.certificate.string() + "\nkeyfile " +
                options_.tls.key.string() + "\n";
    }
    write_file(file("mosquitto.conf"), text + options_.more);
    start();
}

void Mosquitto::start() {
    const std::filesystem::path log = folder_.path() / "log";
    process_ = ChildProcess(
        {mosquitto_program(), "-c", (folder_.path() / "mosquitto.conf").string()}, log);
    const bool up = wait_for([&] { return !process_.running() || accepts(port_); });
    if (!up || !process_.running())
        throw std::runtime_error("mosquitto did not start: " + this->log());
}

ChildProcess Mosquitto::subscribe(const std::vector<std::string>& arguments,
                                  const std::filesystem::path& output) {
    std::vector<std::string> all{"mosquitto_sub", "-h", "127.0.0.1", "-p", std::to_string(port_)};
    if (!options_.user.empty()) {
        all.insert(all.end(), {"-u", options_.user, "-P", options_.password});
    }
    if (!options_.tls.ca.empty()) {
        all.insert(all.end(), {"--cafile", options_.tls.ca.string(), "--insecure"});
    }
    all.insert(all.end(), arguments.begin(), arguments.end());
    const auto count = [this] {
        std::size_t found = 0;
        const std::string text = log();
        for (auto at = text.find("Sending SUBACK"); at != std::string::npos;
             at = text.find("Sending SUBACK", at + 1)) {
            ++found;
        }
        return found;
    };
    const std::size_t before = count();
    ChildProcess child(all, output);
    if (!wait_for([&] { return count() > before; })) {
        throw std::runtime_error("mosquitto_sub did not subscribe: " + read_file(output));
    }
    return child;
}

}  // namespace fieldway::test
