// What the store found, as events of the log (docs/operations.md).
#pragma once

#include "base/log.h"
#include "queue/store.h"

namespace fieldway::queue {

void log_finding(const Log& log, const Finding& finding);

}  // namespace fieldway::queue
