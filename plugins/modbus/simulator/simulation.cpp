#include "modbus/simulator/simulation.h"

#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <fmt/format.h>

#include "modbus/simulator/rtu_slave.h"
#include "modbus/simulator/simulator_options.h"
#include "modbus/simulator/tcp_server.h"

namespace fieldway::modbus::simulator {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;

/// The seeds of two listeners of one entry are this far apart.
constexpr std::uint64_t seed_step = 1'000'000'007;

class ModbusSimulation final : public sdk::Simulation {
  public:
    ModbusSimulation() = default;
    ~ModbusSimulation() override {
        loop_.stop();
        if (thread_.joinable()) thread_.join();
    }

    Result<> begin(const SimulationOptions& options) {
        for (std::uint32_t i = 0; i < options.count; ++i) {
            const auto started = options.endpoint.kind == Endpoint::Kind::tcp ? listen(options, i)
                                                                              : open(options, i);
            if (!started) return started.error();
        }
        address_["url"] = urls_.front();
        if (urls_.size() > 1) address_["urls"] = urls_;
        thread_ = std::thread([this] { loop_.run(); });
        return {};
    }
    [[nodiscard]] json::object address() const override { return address_; }

  private:
    Result<> listen(const SimulationOptions& options, std::uint32_t index) {
        auto responder = Responder::make(Responder::Transport::tcp, options.units, options.faults,
                                         options.seed + index * seed_step);
        if (!responder) return responder.error();
        const std::uint32_t port = options.endpoint.port == 0 ? 0 : options.endpoint.port + index;
        if (port > 65535)
            return Error::drop_item(
                fmt::format("count {} reaches beyond port 65535", options.count));
        auto server =
            TcpServer::listen(loop_, options.endpoint.host, static_cast<std::uint16_t>(port),
                              std::move(responder.value()));
        if (!server) return server.error();
        const bool brackets = options.endpoint.host.find(':') != std::string::npos;
        urls_.push_back(
            json::string(fmt::format("tcp://{}{}{}:{}", brackets ? "[" : "", options.endpoint.host,
                                     brackets ? "]" : "", server.value()->port())));
        servers_.push_back(std::move(server.value()));
        return {};
    }
    Result<> open(const SimulationOptions& options, std::uint32_t index) {
        auto responder = Responder::make(Responder::Transport::rtu, options.units, options.faults,
                                         options.seed + index * seed_step);
        if (!responder) return responder.error();
        const std::string& path = options.endpoint.path;
        RtuLineOptions line{options.count == 1 ? path : fmt::format("{}-{}", path, index + 1),
                            options.format, options.paced, options.turn_around};
        const std::string link = line.link;
        auto slave = RtuSlave::open(loop_, std::move(line), std::move(responder.value()));
        if (!slave) return slave.error();
        urls_.push_back(json::string("rtu:" + link));
        if (index == 0) address_["device"] = slave.value()->device();
        slaves_.push_back(std::move(slave.value()));
        return {};
    }

    asio::io_context loop_{1};
    std::vector<std::unique_ptr<TcpServer>> servers_;
    std::vector<std::unique_ptr<RtuSlave>> slaves_;
    json::array urls_;
    json::object address_;
    std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<sdk::Simulation>> simulate(const json::object& entry) {
    auto options = read_simulation(entry);
    if (!options) return options.error();
    auto simulation = std::make_unique<ModbusSimulation>();
    if (auto begun = simulation->begin(options.value()); !begun) return begun.error();
    return std::unique_ptr<sdk::Simulation>(std::move(simulation));
}

}  // namespace fieldway::modbus::simulator
