#include "modbus/probe/probe.h"

#include "base/clock.h"
#include "modbus/probe/probe_access.h"
#include "modbus/probe/probe_bus.h"
#include "modbus/probe/probe_options.h"
#include "modbus/probe/scan.h"

namespace fieldway::modbus {
namespace {

Result<boost::json::object> access(const ProbeRequest& request, const ProbeNews& news) {
    const Result<ProbeAccess> wanted = read_access(request);
    if (!wanted) return Error::drop_item(wanted.error().sentence());
    const bool writes = request.verb == "write";
    const SystemClock clock;
    ProbeBus bus = make_probe_bus(
        wanted->line, writes ? ProbeBus::Rights::may_write : ProbeBus::Rights::read_only, clock,
        [&news] { return news({}); });
    return run_access(*wanted, writes, bus);
}

}  // namespace

Result<boost::json::object> probe(const ProbeRequest& request, const ProbeNews& news) {
    if (request.verb == "read" || request.verb == "write") return access(request, news);
    const Result<ScanOptions> wanted = read_scan(request);
    if (!wanted) return Error::drop_item(wanted.error().sentence());
    const SystemClock clock;
    return run_scan(*wanted, request.profiles, news,
                    [&clock](const LineOptions& line, const ProbeBus::GoOn& go_on) {
                        return make_probe_bus(line, ProbeBus::Rights::read_only, clock, go_on);
                    });
}

}  // namespace fieldway::modbus
