// Where a stream's sequences go on when nobody knows how far they were given out. Pure.
#pragma once

#include "base/clock.h"
#include "flow/message.h"

namespace fieldway::queue {

/// A million for each second since 1970, which is more than any gateway gave out. A clock that
/// stands before the first release (no battery, not set yet) counts as if it stood there: what is
/// counted from one must always be below this.
Sequence sequence_by_clock(WallTime wall);

}  // namespace fieldway::queue
