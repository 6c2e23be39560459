#include "app/book_files.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <utility>

#include <boost/asio/post.hpp>

#include "base/bytes.h"

namespace fieldway::app {

namespace {

Result<> to_result(const FileResult<>& done) {
    if (done) return {};
    return Error::retry(done.error().sentence);
}

/// The file is the old one or the new one, whatever happens meanwhile. Thread: the worker's.
Result<> replace(FileSystem& files, const std::filesystem::path& path, const std::string& text) {
    const auto folder = path.parent_path();
    auto beside = path;
    beside += ".new";
    if (const auto made = files.make_folder(folder); !made) return to_result(made);
    static_cast<void>(files.remove(beside));
    auto file = files.open(beside, FileSystem::Open::create_new);
    if (!file) return Error::retry(file.error().sentence);
    const std::array<ByteView, 1> parts{
        ByteView(reinterpret_cast<const std::uint8_t*>(text.data()), text.size())};
    auto done = (*file)->write_at(0, parts);
    if (done) done = (*file)->sync();
    if (done) done = files.rename(beside, path);
    if (done) done = files.sync_folder(folder);
    return to_result(done);
}

}  // namespace

BookFiles::BookFiles(boost::asio::io_context& core, std::shared_ptr<FileSystem> files,
                     std::filesystem::path folder, Log log, Duration its_patience)
    : core_(core),
      disk_(std::move(files)),
      folder_(std::move(folder)),
      log_(std::move(log)),
      patience_(its_patience) {}

std::filesystem::path BookFiles::path_of(const std::string& device) const {
    return folder_ / (device + ".json");
}

std::string BookFiles::read(const std::string& device) {
    auto file = disk_->open(path_of(device), FileSystem::Open::read);
    if (!file && file.error().number == ENOENT) return "";
    const auto size = file ? (*file)->size() : FileResult<std::uint64_t>(file.error());
    if (!size) {
        note(Error::retry(size.error().sentence));
        return "";
    }
    Bytes bytes(static_cast<std::size_t>(std::min<std::uint64_t>(*size, most_bytes)));
    if (const auto got = (*file)->read_at(0, bytes); !got) {
        note(Error::retry(got.error().sentence));
        return "";
    }
    return {bytes.begin(), bytes.end()};
}

BookFiles::Book& BookFiles::book_of(const std::string& device) {
    auto& book = books_[device];
    if (!book) book = std::make_unique<Book>(core_);
    return *book;
}

bool BookFiles::idle() const {
    return std::none_of(books_.begin(), books_.end(),
                        [](const auto& book) { return book.second->under_way; });
}

void BookFiles::write(const std::string& device, Text text, Stored stored) {
    Book& book = book_of(device);
    book.text = std::move(text);
    book.wanted = true;
    if (stored) book.waiting.push_back(std::move(stored));
    if (!book.under_way) {
        begin(device, book);
    } else if (failing_) {
        go_on(book.waiting);
    }
}

void BookFiles::begin(const std::string& device, Book& book) {
    book.wanted = false;
    book.under_way = true;
    book.covered = std::exchange(book.waiting, {});
    if (!worker_) worker_ = std::make_unique<uplink::Background>(core_, 1);
    const bool taken = worker_->submit([this, alive = std::weak_ptr(alive_), disk = disk_, device,
                                        path = path_of(device),
                                        text = book.text()]() -> uplink::Background::Reply {
        return [this, alive, device, result = replace(*disk, path, text)] {
            if (!alive.expired()) done(device, result);
        };
    });
    if (!taken) {
        boost::asio::post(core_, [this, alive = std::weak_ptr(alive_), device] {
            if (!alive.expired()) done(device, Error::retry("too many files wait to be written"));
        });
        return;
    }
    book.timer.expires_after(patience_);
    book.timer.async_wait(
        [this, alive = std::weak_ptr(alive_), device](boost::system::error_code cancelled) {
            if (cancelled || alive.expired()) return;
            Book& late = book_of(device);
            if (!late.under_way) return;
            note(Error::retry("the disk does not answer"));
            go_on(late.covered);
            go_on(late.waiting);
        });
}

void BookFiles::done(const std::string& device, const Result<>& result) {
    Book& book = book_of(device);
    book.timer.cancel();
    book.under_way = false;
    note(result);
    go_on(book.covered);
    if (book.wanted && !book.under_way) begin(device, book);
}

void BookFiles::go_on(std::vector<Stored>& waiting) {
    for (const Stored& stored : std::exchange(waiting, {}))
        stored();
}

void BookFiles::note(const Result<>& result) {
    const bool failed = !result;
    if (std::exchange(failing_, failed) == failed) return;
    if (failed) {
        log_.error("downlink.state",
                   "what was commanded cannot be remembered in " + folder_.string() + ": " +
                       result.error().text() +
                       "; commands are executed all the same, and one that is sent again after a "
                       "restart may be executed again");
    } else {
        log_.info("downlink.state", "what was commanded is remembered again");
    }
}

}  // namespace fieldway::app
