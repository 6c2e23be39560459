#include "control/server.h"

#include <sys/stat.h>

#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>

#include "control/client.h"
#include "support/temp_folder.h"

namespace fieldway::control {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using std::chrono::seconds;

/// A server whose core runs on a thread of its own, as in the gateway.
class ServerTest : public testing::Test {
  protected:
    void SetUp() override {
        auto server = Server::listen(
            core_, path_,
            [](const Request& request, Reply reply) {
                if (request.verb == "echo") {
                    reply(json::value(request.arguments));
                } else if (request.verb != "never") {
                    reply(Error::drop_item("no such verb"));
                }
            },
            Log());
        ASSERT_TRUE(server) << server.error().text();
        server_ = std::move(*server);
        thread_ = std::thread([this] { core_.run(); });
    }
    void TearDown() override {
        asio::post(core_, [this] { server_.reset(); });
        work_.reset();
        thread_.join();
        EXPECT_FALSE(std::filesystem::exists(path_));
    }

    /// A bare client that writes what it likes.
    std::string exchange(const std::string& bytes) {
        asio::io_context context;
        asio::local::stream_protocol::socket socket(context);
        socket.connect(asio::local::stream_protocol::endpoint(path_.string()));
        boost::system::error_code error;
        asio::write(socket, asio::buffer(bytes), error);
        std::string answer;
        asio::read_until(socket, asio::dynamic_buffer(answer), '\n', error);
        return answer;
    }

    test::TempFolder folder_;
    std::filesystem::path path_ = folder_.path() / "run" / "control.sock";
    asio::io_context core_;
    asio::executor_work_guard<asio::io_context::executor_type> work_{core_.get_executor()};
    std::unique_ptr<Server> server_;
    std::thread thread_;
};

TEST_F(ServerTest, AnswersAClient) {
    const auto answer = ask(path_, {{"verb", "echo"}, {"n", 7}}, seconds(10));
    ASSERT_TRUE(answer) << answer.error().text();
    EXPECT_EQ(answer->at("n").as_int64(), 7);
}

TEST_F(ServerTest, AConnectionIsAskedAgainAndAgainAlsoAfterAnError) {
    auto connection = Connection::open(path_);
    ASSERT_TRUE(connection) << connection.error().text();
    for (int n = 0; n < 3; ++n) {
        const auto answer = (*connection)->ask({{"verb", "echo"}, {"n", n}}, seconds(10));
        ASSERT_TRUE(answer) << answer.error().text();
        EXPECT_EQ(answer->at("n").as_int64(), n);
        const auto refused = (*connection)->ask({{"verb", "dance"}}, seconds(10));
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().consequence(), Consequence::drop_item);
    }
    EXPECT_EQ((*connection)->ask({{"verb", "never"}}, std::chrono::milliseconds(20)).error().text(),
              "the gateway did not answer within 20ms");
    EXPECT_FALSE((*connection)->ask({{"verb", "echo"}}, seconds(10)))
        << "an answer that comes too late is not taken for the next one's";
}

TEST_F(ServerTest, HandsErrorsOn) {
    const auto answer = ask(path_, {{"verb", "dance"}}, seconds(10));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().text(), "no such verb");
}

TEST_F(ServerTest, OthersMayNotReadOrWriteTheSocket) {
    struct stat status {};
    ASSERT_EQ(::stat(path_.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0660U);
}

TEST_F(ServerTest, GarbageIsAnsweredAndTheConnectionKept) {
    EXPECT_NE(exchange("garbage\n").find(R"("ok":false)"), std::string::npos);
}

TEST_F(ServerTest, ALineWithoutEndIsRefusedAtItsLimit) {
    const std::string answer = exchange(std::string(most_request_bytes + 1, 'x'));
    EXPECT_NE(answer.find("1MiB"), std::string::npos) << answer;
}

TEST_F(ServerTest, AClientThatAsksForNoAnswerGetsNoneWithinItsPatience) {
    const auto answer = ask(path_, {{"verb", "never"}}, std::chrono::milliseconds(20));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().text(), "the gateway did not answer within 20ms");
}

TEST_F(ServerTest, OneClientTooManyIsToldSo) {
    asio::io_context context;
    std::vector<asio::local::stream_protocol::socket> clients;
    for (std::size_t i = 0; i < Server::most_clients; ++i) {
        clients.emplace_back(context).connect(
            asio::local::stream_protocol::endpoint(path_.string()));
    }
    EXPECT_NE(exchange("").find("16 clients"), std::string::npos);
}

TEST_F(ServerTest, ASecondGatewayAtThePathIsRefused) {
    asio::io_context other;
    const auto second = Server::listen(other, path_, {}, Log());
    ASSERT_FALSE(second);
    EXPECT_NE(second.error().text().find("another gateway"), std::string::npos);
}

TEST(Server, ReplacesASocketThatNobodyAnswersAt) {
    const test::TempFolder folder;
    const auto path = folder.path() / "control.sock";
    asio::io_context core;
    {
        asio::local::stream_protocol::acceptor left_over(
            core, asio::local::stream_protocol::endpoint(path.string()));
    }
    ASSERT_TRUE(std::filesystem::exists(path));
    EXPECT_TRUE(Server::listen(core, path, {}, Log()));
}

TEST(Server, LeavesAFileThatIsNoSocketWhereItIs) {
    const test::TempFolder folder;
    const auto path = folder.path() / "fieldway.yaml";
    std::ofstream(path) << "precious";
    asio::io_context core;
    const auto server = Server::listen(core, path, {}, Log());
    ASSERT_FALSE(server);
    EXPECT_EQ(server.error().consequence(), Consequence::stop_device);
    EXPECT_TRUE(std::filesystem::is_regular_file(path));
}

TEST(Server, WhatHadArrivedWhenItStoppedReachesNobody) {
    const test::TempFolder folder;
    const auto path = folder.path() / "control.sock";
    asio::io_context core;
    int asked = 0;
    auto server = Server::listen(
        core, path, [&](const Request&, const Reply&) { ++asked; }, Log());
    ASSERT_TRUE(server);
    asio::local::stream_protocol::socket first(core);
    first.connect(asio::local::stream_protocol::endpoint(path.string()));
    core.poll_one();  // accepted
    asio::write(first, asio::buffer(std::string("{\"verb\":\"status\"}\n")));
    asio::local::stream_protocol::socket second(core);
    second.connect(asio::local::stream_protocol::endpoint(path.string()));
    // The handlers of both have completed in the kernel; the server goes before they run.
    asio::post(core, [&] { server->reset(); });
    core.poll();
    EXPECT_EQ(asked, 0);
}

TEST(Server, TwoRequestsInOneWriteAreAnsweredInTurn) {
    const test::TempFolder folder;
    const auto path = folder.path() / "control.sock";
    asio::io_context core;
    const auto server = Server::listen(
        core, path,
        [](const Request& request, const Reply& reply) { reply(json::value(request.verb)); },
        Log());
    ASSERT_TRUE(server);
    asio::local::stream_protocol::socket client(core);
    client.connect(asio::local::stream_protocol::endpoint(path.string()));
    asio::write(client, asio::buffer(std::string("{\"verb\":\"a\"}\n{\"verb\":\"b\"}\n")));
    client.shutdown(asio::socket_base::shutdown_send);  // half closed: still answered
    core.poll();
    std::string answers;
    boost::system::error_code end;
    asio::read(client, asio::dynamic_buffer(answers), end);
    EXPECT_EQ(answers, "{\"ok\":true,\"result\":\"a\"}\n{\"ok\":true,\"result\":\"b\"}\n");
}

TEST(Server, SaysWhyASocketCannotBeOpened) {
    asio::io_context core;
    const auto server = Server::listen(core, "/proc/no/control.sock", {}, Log());
    ASSERT_FALSE(server);
    EXPECT_NE(server.error().text().find("gateway.control_socket"), std::string::npos);
    const auto long_path = "/tmp/" + std::string(200, 'x');
    EXPECT_FALSE(Server::listen(core, long_path, {}, Log()));
}

TEST(Client, NamesTheSocketThatNobodyAnswersAt) {
    const auto answer = ask("/nonexistent/control.sock", {{"verb", "status"}}, seconds(1));
    ASSERT_FALSE(answer);
    EXPECT_NE(answer.error().text().find("/nonexistent/control.sock"), std::string::npos);
}

}  // namespace
}  // namespace fieldway::control
