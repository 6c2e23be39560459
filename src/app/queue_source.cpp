#include "app/queue_source.h"

#include <utility>

#include "control/client.h"

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

}  // namespace

Result<std::unique_ptr<QueueSource>> QueueSource::running(const std::filesystem::path& socket) {
    auto connection = control::Connection::open(socket);
    if (!connection) return connection.error();
    return std::unique_ptr<QueueSource>(std::make_unique<RunningQueue>(std::move(*connection)));
}

}  // namespace fieldway::app
