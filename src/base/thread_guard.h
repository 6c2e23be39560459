// "Thread: core." as an assertion: a class that lives on one thread says so, and debug builds check
// it.
#pragma once

#include <cassert>
#include <thread>

namespace fieldway {

class ThreadGuard {
  public:
    /// From here on, this thread owns the object. Called once, when its thread starts using it.
    void adopt() { owner_ = std::this_thread::get_id(); }
    void check() const {
        assert((owner_ == std::thread::id() || owner_ == std::this_thread::get_id()) &&
               "called from another thread than the one that owns it");
    }

  private:
    std::thread::id owner_;
};

}  // namespace fieldway
