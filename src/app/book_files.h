// The files in which devices' commands are remembered: read once, written on a thread of their own.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/clock.h"
#include "base/error.h"
#include "base/file_system.h"
#include "base/log.h"
#include "uplink/background.h"

namespace fieldway::app {

/// One file a device, replaced as a whole. A disk that takes nothing, or does not answer within
/// `patience`, holds no command up: what is promised of a restart is not kept then, and the log
/// says so once. Thread: core.
class BookFiles {
  public:
    static constexpr Duration patience = std::chrono::seconds(2);
    static constexpr std::size_t most_bytes = 1024 * 1024;  ///< of a file that is read

    using Stored = std::function<void()>;
    /// Gives the text that is to be written: asked when it is written.
    using Text = std::function<std::string()>;

    /// `files`: shared with the thread that writes.
    BookFiles(boost::asio::io_context& core, std::shared_ptr<FileSystem> files,
              std::filesystem::path folder, Log log, Duration its_patience = patience);

    /// Empty: the device has none, or it could not be read, which the log says. Waits for the disk.
    std::string read(const std::string& device);
    /// Nothing is to be written, or is on its way.
    [[nodiscard]] bool idle() const;
    /// Writes what `text` gives, now or after what is being written; then calls `stored`.
    void write(const std::string& device, Text text, Stored stored);

  private:
    struct Book {
        explicit Book(boost::asio::io_context& core) : timer(core) {}
        bool under_way = false;
        bool wanted = false;  // once more
        Text text;
        std::vector<Stored> waiting;  // for the next write
        std::vector<Stored> covered;  // by the one under way
        boost::asio::steady_timer timer;
    };

    Book& book_of(const std::string& device);
    void begin(const std::string& device, Book& book);
    void done(const std::string& device, const Result<>& result);
    void go_on(std::vector<Stored>& waiting);
    void note(const Result<>& result);
    [[nodiscard]] std::filesystem::path path_of(const std::string& device) const;

    boost::asio::io_context& core_;
    const std::shared_ptr<FileSystem> disk_;
    const std::filesystem::path folder_;
    const Log log_;
    const Duration patience_;
    std::unique_ptr<uplink::Background> worker_;  // with the first write
    std::map<std::string, std::unique_ptr<Book>> books_;
    bool failing_ = false;
    // Shared: with what is on its way.
    std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

}  // namespace fieldway::app
