// One plugin object and the calls into it: in order, one at a time, on the plugin's control thread,
// each with a deadline. The core decides what is called next and whether a call has become a hang;
// it never waits.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>

#include <boost/asio/steady_timer.hpp>

#include "base/clock.h"
#include "base/log.h"
#include "input/border.h"
#include "input/control_thread.h"
#include "input/library.h"

namespace fieldway::input {

/// One call into a plugin.
struct Call {
    std::string name;   ///< check, start, ...: for the sentence about a hang
    std::string input;  ///< empty: the plugin itself
    Duration deadline{};
    /// Core thread, when its turn has come; false: no longer wanted, nothing is called. May be
    /// empty.
    std::function<bool()> still_wanted;
    /// Control thread: the call itself. It owns all it touches, for it may outlive everybody when
    /// it hangs.
    std::function<void(fieldway_plugin*)> act;
    /// Core thread, when it came back in time. May be empty.
    std::function<void()> done;
};

/// Thread: core.
class PluginRunner {
  public:
    /// `abandoned` is called once, with the reason, when the plugin cannot be used any more until
    /// the gateway restarts.
    PluginRunner(const PluginLibrary& library, Border::Gateway gateway, Duration create_deadline,
                 std::function<void(const std::string&)> abandoned);
    /// Joins the control thread; what hangs or was not ended by destroy() is left alone for the
    /// rest of the process.
    ~PluginRunner();
    PluginRunner(const PluginRunner&) = delete;
    PluginRunner& operator=(const PluginRunner&) = delete;

    /// After the calls before it. Calls after the plugin was abandoned are dropped without a word:
    /// `abandoned` said it.
    void enqueue(Call call);
    /// Ends the plugin object after all calls before it. Nothing may be enqueued afterwards.
    void destroy(Duration deadline, std::function<void()> done);
    /// One of its inputs would not end: the plugin object is never destroyed, since that input
    /// still uses it.
    void never_destroy() { never_destroyed_ = true; }

    [[nodiscard]] const PluginLibrary& library() const { return library_; }
    [[nodiscard]] Border& border() { return *border_; }
    [[nodiscard]] bool usable() const { return why_unusable_.empty(); }
    [[nodiscard]] const std::string& why_unusable() const { return why_unusable_; }
    /// The call under way, as `start of input hall`; empty: none.
    [[nodiscard]] std::string under_way() const;

  private:
    struct Running;

    void next();
    void returned(const std::shared_ptr<Running>& running);
    void watch(const std::shared_ptr<Running>& running);
    void give_up(std::string reason);

    const PluginLibrary library_;
    const Log log_;
    boost::asio::steady_timer timer_;
    std::function<void(const std::string&)> abandoned_;
    std::shared_ptr<Border> border_;            // shared with calls that may hang
    std::shared_ptr<fieldway_plugin*> plugin_;  // set and used by the control thread alone
    std::deque<Call> calls_;  ///< bounded by what its inputs may have open (input_runner.h)
    std::shared_ptr<Running> running_;  // shared with the call that runs
    bool in_done_ = false;              ///< calls made meanwhile wait until it has finished
    bool destroyed_ = false;
    bool never_destroyed_ = false;
    std::string why_unusable_;
    std::shared_ptr<bool> alive_ =
        std::make_shared<bool>(true);  // weakly held by handlers on their way
    ControlThread thread_;
};

}  // namespace fieldway::input
