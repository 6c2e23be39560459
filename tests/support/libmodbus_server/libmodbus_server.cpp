// A server that is libmodbus' own: the second opinion of the Modbus tests.
//
//     libmodbus_server tcp UNIT            serves one connection after another on 127.0.0.1
//     libmodbus_server rtu UNIT PATH BAUD  serves a serial line, 8N1
//
// Prints `port N` or `port PATH` when it serves. Standard input: `set KIND ADDRESS VALUE...`,
// answered by `ok`; `get KIND ADDRESS COUNT`, answered by the values. Ends with its input.
#include <modbus.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <sstream>
#include <string>

namespace {

constexpr int all_addresses = 65536;
constexpr int nobody = -1;

class Server {
  public:
    Server(modbus_t* line, modbus_mapping_t* registers) : line_(line), registers_(registers) {}

    bool serve_tcp() {
        listener_ = modbus_tcp_listen(line_, 1);
        sockaddr_in address{};
        socklen_t size = sizeof address;
        if (listener_ == nobody ||
            getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
            return false;
        }
        std::cout << "port " << ntohs(address.sin_port) << std::endl;
        return true;
    }
    bool serve_rtu(const std::string& path) {
        if (modbus_connect(line_) != 0) return false;
        peer_ = modbus_get_socket(line_);
        std::cout << "port " << path << std::endl;
        return true;
    }

    /// Until standard input ends.
    void run() {
        for (;;) {
            pollfd waited[] = {
                {STDIN_FILENO, POLLIN, 0}, {listener_, POLLIN, 0}, {peer_, POLLIN, 0}};
            if (poll(waited, 3, -1) < 0 && errno != EINTR) return;
            if (waited[2].revents != 0) answer();
            if (waited[1].revents != 0) accept();
            if (waited[0].revents != 0 && !obey()) return;
        }
    }

  private:
    void accept() {
        if (peer_ != nobody) close(peer_);
        peer_ = modbus_tcp_accept(line_, &listener_);
    }

    void answer() {
        std::uint8_t request[MODBUS_TCP_MAX_ADU_LENGTH];
        const int size = modbus_receive(line_, request);
        if (size > 0) {
            modbus_reply(line_, request, size, registers_);
        } else if (size < 0 && listener_ != nobody) {
            close(peer_);
            peer_ = nobody;
        }
    }

    bool obey() {
        std::string text;
        if (!std::getline(std::cin, text)) return false;
        std::istringstream words(text);
        std::string order;
        std::string kind;
        int address = 0;
        words >> order >> kind >> address;
        if (order == "set") {
            for (int value = 0; words >> value && address < all_addresses; ++address)
                put(kind, address, value);
            std::cout << "ok" << std::endl;
            return true;
        }
        int count = 0;
        words >> count;
        for (int i = 0; i < count && address + i < all_addresses; ++i)
            std::cout << get(kind, address + i) << ' ';
        std::cout << std::endl;
        return true;
    }

    void put(const std::string& kind, int address, int value) {
        if (kind == "coil") {
            registers_->tab_bits[address] = static_cast<std::uint8_t>(value);
        } else if (kind == "discrete") {
            registers_->tab_input_bits[address] = static_cast<std::uint8_t>(value);
        } else {
            std::uint16_t* table =
                kind == "input" ? registers_->tab_input_registers : registers_->tab_registers;
            table[address] = static_cast<std::uint16_t>(value);
        }
    }
    [[nodiscard]] int get(const std::string& kind, int address) const {
        if (kind == "coil") return registers_->tab_bits[address];
        if (kind == "discrete") return registers_->tab_input_bits[address];
        return kind == "input" ? registers_->tab_input_registers[address]
                               : registers_->tab_registers[address];
    }

    modbus_t* line_;
    modbus_mapping_t* registers_;
    int listener_ = nobody;
    int peer_ = nobody;
};

}  // namespace

int main(int argc, char** argv) {
    const std::string kind = argc > 1 ? argv[1] : "";
    if (!(kind == "tcp" && argc == 3) && !(kind == "rtu" && argc == 5)) {
        std::cerr << "libmodbus_server tcp UNIT | rtu UNIT PATH BAUD\n";
        return 2;
    }
    modbus_t* line = kind == "tcp" ? modbus_new_tcp("127.0.0.1", 0)
                                   : modbus_new_rtu(argv[3], std::atoi(argv[4]), 'N', 8, 1);
    modbus_mapping_t* registers =
        modbus_mapping_new(all_addresses, all_addresses, all_addresses, all_addresses);
    if (line == nullptr || registers == nullptr) return 1;
    modbus_set_slave(line, std::atoi(argv[2]));
    Server server(line, registers);
    const bool serving = kind == "tcp" ? server.serve_tcp() : server.serve_rtu(argv[3]);
    if (serving) {
        server.run();
    } else {
        std::cerr << "cannot serve: " << modbus_strerror(errno) << '\n';
    }
    modbus_mapping_free(registers);
    modbus_close(line);
    modbus_free(line);
    return serving ? 0 : 1;
}
