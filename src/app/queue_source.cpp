#include "app/queue_source.h"

#include <iostream>
#include <optional>
#include <string>
#include <utility>

#include "app/queue_desk.h"
#include "app/queue_station.h"
#include "base/file_system.h"
#include "control/client.h"
#include "queue/stopped_store.h"
#include "service/process.h"

namespace fieldway::app {

namespace json = boost::json;

namespace {

// A page may wait behind a sync of a slow disk.
constexpr Duration patience = std::chrono::seconds(60);

class RunningQueue final : public QueueSource {
  public:
    explicit RunningQueue(std::unique_ptr<control::Connection> connection)
        : connection_(std::move(connection)) {}

    Result<json::value> ask(json::object request) override {
        request["verb"] = "queue";
        return connection_->ask(request, patience);
    }
    Result<> close() override { return {}; }

  private:
    std::unique_ptr<control::Connection> connection_;
};

class StoppedQueue final : public QueueSource {
  public:
    Result<> open(const std::filesystem::path& state_dir) {
        auto store = queue::StoppedStore::open(*files_, state_dir, boot_id(clock_.wall()), clock_);
        if (!store) return store.error();
        store_ = std::move(*store);
        desk_.emplace(*store_, clock_);
        tell_findings();
        return {};
    }

    Result<json::value> ask(json::object request) override {
        std::optional<Result<json::value>> answer;
        desk_->answer(request, [&](Result<json::value> given) { answer = std::move(given); });
        tell_findings();
        if (*answer) return std::move(*answer);
        // Nothing is between the store and us that might fail.
        return Error::drop_item(answer->error().text());
    }
    Result<> close() override {
        auto flushed = store_->flush();
        tell_findings();
        return flushed;
    }

  private:
    void tell_findings() {
        for (const std::string& finding : store_->take_findings())
            std::cerr << "fieldway: " << finding << '\n';
    }

    SystemClock clock_;
    std::unique_ptr<FileSystem> files_ = make_posix_file_system();
    std::unique_ptr<queue::StoppedStore> store_;
    std::optional<QueueDesk> desk_;
};

}  // namespace

Result<std::unique_ptr<QueueSource>> QueueSource::running(const std::filesystem::path& socket) {
    auto connection = control::Connection::open(socket);
    if (!connection) {
        return Error::retry(connection.error().text() +
                            "; a stopped gateway's queue is asked with --state and its state_dir");
    }
    return std::unique_ptr<QueueSource>(std::make_unique<RunningQueue>(std::move(*connection)));
}

Result<std::unique_ptr<QueueSource>> QueueSource::stopped(const std::filesystem::path& state_dir) {
    if (auto owner = service::become_owner_of(state_dir / "queue"); !owner) return owner.error();
    auto source = std::make_unique<StoppedQueue>();
    if (auto opened = source->open(state_dir); !opened) return opened.error();
    return std::unique_ptr<QueueSource>(std::move(source));
}

}  // namespace fieldway::app
