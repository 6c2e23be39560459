#include "queue/queue_events.h"

namespace fieldway::queue {

void log_finding(const Log& log, const Finding& finding) {
    using enum Finding::Kind;
    switch (finding.kind) {
        case torn_tail:
            log.info("queue.repaired", finding.sentence);
            return;
        case bad_frame:
        case set_aside:
        case lost_state:
            log.error("queue.damaged", finding.sentence);
            return;
        case degraded:
            log.error("queue.memory", finding.sentence);
            return;
        case recovered:
            log.info("queue.durable", finding.sentence);
            return;
        case evicted:
            log.warning("queue.evicted", finding.sentence);
            return;
        case disk_full:
            log.error("queue.disk_full", finding.sentence);
            return;
    }
}

}  // namespace fieldway::queue
