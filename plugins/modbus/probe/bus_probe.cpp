#include "modbus/probe/bus_probe.h"

#include <cassert>
#include <utility>

#include <boost/json.hpp>

#include "modbus/probe/probe_access.h"
#include "modbus/probe/probe_options.h"
#include "modbus/probe/scan.h"
#include "plugin_api/probe.h"

namespace fieldway::modbus {
namespace {

namespace json = boost::json;

/// To the line that the probe was given a member of; the shared line belongs to the BusProbe.
class Borrowed final : public AskingLine {
  public:
    explicit Borrowed(SharedLine& line) : line_(line) {}
    Result<> open() override { return line_.open(); }
    [[nodiscard]] bool is_open() const override { return line_.is_open(); }
    Reply ask(const Request& request, Duration timeout) override {
        return line_.ask(request, timeout);
    }
    std::vector<LateAnswer> take_late() override { return line_.take_late(); }

  private:
    SharedLine& line_;
};

/// The line's own speed and timeouts: a probe cannot change them under its inputs.
Result<json::object> answer_to(const ProbeRequest& request, const LineOptions& line,
                               SharedLine& shared, const sdk::Host& clock,
                               const ProbeBus::GoOn& go_on) {
    const auto bus = [&](ProbeBus::Rights rights) {
        LineOptions options = line;
        options.pause = Duration::zero();  // the line keeps its pauses itself
        return ProbeBus(std::make_unique<Borrowed>(shared), options, rights, clock, go_on,
                        [](Duration) {});
    };
    if (request.verb == "scan") {
        Result<ScanOptions> scan = read_scan(request);
        if (!scan) return scan.error();
        scan->lines = {line};
        return run_scan(
            *scan, request.profiles, [&go_on](const json::object&) { return go_on(); },
            [&](const LineOptions&, const ProbeBus::GoOn&) {
                return bus(ProbeBus::Rights::read_only);
            });
    }
    Result<ProbeAccess> access = read_access(request);
    if (!access) return access.error();
    access->line = line;
    const bool writes = request.verb == "write";
    ProbeBus of_access = bus(writes ? ProbeBus::Rights::may_write : ProbeBus::Rights::read_only);
    return run_access(*access, writes, of_access);
}

}  // namespace

BusProbe::BusProbe(std::shared_ptr<Line> line, InputKey key, const sdk::Host& host)
    : line_(std::move(line)), key_(key), host_(host) {}

BusProbe::~BusProbe() {
    assert(!thread_.joinable());
}

void BusProbe::start(const wire::Command& command) {
    wire::Outcome refused;
    refused.number = command.number;
    refused.status = wire::OutcomeStatus::refused;
    if (!done_) {
        refused.reason = "another scan, read or write by url is under way on this bus";
        return host_.answer(refused);
    }
    if (thread_.joinable()) thread_.join();
    if (!shared_) shared_ = std::make_unique<SharedLine>(line_, key_, host_);
    done_ = false;
    thread_ = std::thread([this, command] { run(command); });
}

void BusProbe::run(const wire::Command& command) {
    wire::Outcome outcome;
    outcome.number = command.number;
    outcome.status = wire::OutcomeStatus::failed;
    const Result<ProbeRequest> request = probe_request_from_json(command.arguments);
    if (!request) {
        outcome.reason = request.error().sentence();
    } else {
        const Result<json::object> answer = answer_to(*request, line_->options(), *shared_, host_,
                                                      [this] { return !stopping_.load(); });
        if (answer) {
            outcome.status = wire::OutcomeStatus::done;
            outcome.details = json::serialize(*answer);
        } else {
            outcome.reason = answer.error().sentence();
        }
    }
    done_ = true;  // first: the next one may come with the answer
    host_.answer(outcome);
}

bool BusProbe::stop(MonotonicTime deadline) {
    stopping_ = true;
    if (!shared_) return true;
    shared_->stop();
    if (thread_.joinable()) thread_.join();  // it waits for nothing but what stop() ended
    return shared_->leave(deadline);
}

}  // namespace fieldway::modbus
