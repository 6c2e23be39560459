// A serial line without a wire: what a simulator answers on and what a test opens.
#pragma once

#include <string>

#include "base/error.h"
#include "base/unique_fd.h"

namespace fieldway::common {

/// `far` is the side of the simulated devices, non-blocking; path() is what a program opens as its
/// port.
class PseudoTerminal {
  public:
    static Result<PseudoTerminal> open();

    [[nodiscard]] int far() const { return far_.get(); }
    [[nodiscard]] const std::string& path() const { return path_; }
    /// As if the adapter was pulled out: whoever has path() open gets an I/O error.
    void unplug();

  private:
    UniqueFd far_;
    UniqueFd
        near_;  ///< kept open, or reads on the far side would fail whenever no program is there
    std::string path_;
};

}  // namespace fieldway::common
