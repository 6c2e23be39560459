#include "input/plugin_runner.h"

#include <utility>

#include <fmt/format.h>

#include "base/quantity_text.h"
#include "input/abandoned.h"

namespace fieldway::input {

struct PluginRunner::Running {
    Call call;
    std::atomic<bool> returned{false};
};

PluginRunner::PluginRunner(const PluginLibrary& library, Border::Gateway gateway,
                           Duration create_deadline,
                           std::function<void(const std::string&)> abandoned)
    : library_(library),
      log_(gateway.log),
      timer_(gateway.core),
      abandoned_(std::move(abandoned)),
      border_(std::make_shared<Border>(library.name, gateway)),
      plugin_(std::make_shared<fieldway_plugin*>(nullptr)),
      thread_(library.name) {
    auto made = std::make_shared<bool>(false);
    Call create;
    create.name = "create";
    create.deadline = create_deadline;
    create.act = [api = library_.api, border = border_, slot = plugin_, made](fieldway_plugin*) {
        *slot = api->create(border->host());
        *made = *slot != nullptr;
    };
    create.done = [this, made] {
        if (!*made) {
            give_up(fmt::format("plugin {} could not be created; its own line in the log says why",
                                library_.name));
        }
    };
    enqueue(std::move(create));
}

PluginRunner::~PluginRunner() {
    if (running_ && !running_->returned) thread_.abandon();
    border_->close();
    // Whatever was not ended may still call the border, now or in a year: it stays.
    if (destroyed_) return;
    keep_for_ever(border_);
    keep_for_ever(plugin_);
}

void PluginRunner::enqueue(Call call) {
    if (!usable()) return;
    calls_.push_back(std::move(call));
    next();
}

void PluginRunner::destroy(Duration deadline, std::function<void()> done) {
    if (never_destroyed_ || !usable()) return done();
    Call call;
    call.name = "destroy";
    call.deadline = deadline;
    call.act = [api = library_.api](fieldway_plugin* plugin) { api->destroy(plugin); };
    call.done = [this, done = std::move(done)] {
        destroyed_ = true;
        done();
    };
    enqueue(std::move(call));
}

std::string PluginRunner::under_way() const {
    if (!running_) return {};
    const Call& call = running_->call;
    return call.input.empty() ? call.name : fmt::format("{} of input {}", call.name, call.input);
}

void PluginRunner::next() {
    while (!running_ && !in_done_ && !calls_.empty()) {
        Call call = std::move(calls_.front());
        calls_.pop_front();
        if (call.still_wanted && !call.still_wanted()) continue;

        running_ = std::make_shared<Running>();
        running_->call = std::move(call);
        watch(running_);
        thread_.run([this, running = running_, slot = plugin_, border = border_,
                     alive = std::weak_ptr<bool>(alive_)] {
            running->call.act(*slot);
            running->returned = true;
            border->post_to_core([this, running, alive] {
                if (!alive.expired()) returned(running);
            });
        });
    }
}

void PluginRunner::returned(const std::shared_ptr<Running>& running) {
    if (running != running_) return;
    timer_.cancel();
    running_.reset();
    in_done_ = true;
    if (running->call.done) running->call.done();
    in_done_ = false;
    next();
}

void PluginRunner::watch(const std::shared_ptr<Running>& running) {
    timer_.expires_after(running->call.deadline);
    timer_.async_wait(
        [this, running, alive = std::weak_ptr<bool>(alive_)](boost::system::error_code wrong) {
            // A core that was late itself blames nobody: the answer is behind this in its queue.
            if (wrong || alive.expired() || running != running_ || running->returned) return;
            give_up(fmt::format(
                "plugin {} did not return from {} within {}; it is abandoned until the gateway "
                "restarts",
                library_.name, under_way(), to_text(running->call.deadline)));
        });
}

void PluginRunner::give_up(std::string reason) {
    why_unusable_ = std::move(reason);
    log_.error("plugin.abandoned", why_unusable_, {{"plugin", library_.name}});
    calls_.clear();
    if (running_) {
        thread_.abandon();
        running_.reset();
    }
    border_->close();
    keep_for_ever(border_);  // see the destructor
    keep_for_ever(plugin_);
    destroyed_ = true;
    abandoned_(why_unusable_);
}

}  // namespace fieldway::input
