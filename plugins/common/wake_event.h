// A flag that poll() can wait for: how one thread wakes another that waits for a device.
#pragma once

#include "base/unique_fd.h"

namespace fieldway::common {

/// Thread: any.
class WakeEvent {
  public:
    /// Without a free descriptor it is a bug of the limits, not of the caller: set() then does
    /// nothing.
    WakeEvent();
    void set();
    void clear();
    /// Readable while it is set.
    [[nodiscard]] int descriptor() const { return event_.get(); }

  private:
    UniqueFd event_;
};

}  // namespace fieldway::common
