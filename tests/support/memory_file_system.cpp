#include "support/memory_file_system.h"

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <cstring>

namespace fieldway::test {

namespace {

constexpr std::size_t page = 512;

FileError error_of(int number, const std::filesystem::path& path) {
    return {number, path.string() + ": " + std::strerror(number)};
}

}  // namespace

struct MemoryFileSystem::Node {
    Bytes written;  ///< as the process sees it
    Bytes synced;   ///< as a crash leaves it at least
    std::uint64_t allocated = 0;

    [[nodiscard]] std::uint64_t taken() const {
        return std::max<std::uint64_t>(allocated, written.size());
    }
    /// A page is on the device or is not; so is a change of the length.
    void crash(std::mt19937_64& random) {
        Bytes left = synced;
        if (random() % 2 == 0) left.resize(written.size());
        for (std::size_t at = 0; at < left.size(); at += page) {
            const std::size_t size = std::min(page, left.size() - at);
            if (at + size > written.size() || random() % 2 == 0) continue;
            std::copy_n(written.begin() + static_cast<std::ptrdiff_t>(at), size,
                        left.begin() + static_cast<std::ptrdiff_t>(at));
        }
        written = synced = std::move(left);
        allocated = written.size();
    }
};

class MemoryFileSystem::MemoryFile final : public File {
  public:
    MemoryFile(MemoryFileSystem& disk, NodePtr node, std::filesystem::path path, bool writable)
        : disk_(disk),
          node_(std::move(node)),
          path_(std::move(path)),
          writable_(writable),
          life_(disk.life_) {}

    FileResult<> write_at(std::uint64_t offset, std::span<const ByteView> parts) override {
        if (const auto error = fails(Call::write, true)) return *error;
        for (const ByteView part : parts) {
            const std::uint64_t end = offset + part.size();
            if (const auto error = grow(end)) return *error;
            if (node_->written.size() < end) node_->written.resize(end);
            std::copy(part.begin(), part.end(),
                      node_->written.begin() + static_cast<std::ptrdiff_t>(offset));
            offset = end;
        }
        return {};
    }
    FileResult<std::size_t> read_at(std::uint64_t offset, std::span<std::uint8_t> out) override {
        if (const auto error = fails(Call::read, false)) return *error;
        if (offset >= node_->written.size()) return std::size_t{0};
        const std::size_t size = std::min<std::size_t>(out.size(), node_->written.size() - offset);
        std::copy_n(node_->written.begin() + static_cast<std::ptrdiff_t>(offset), size,
                    out.begin());
        return size;
    }
    FileResult<> sync() override {
        if (const auto error = fails(Call::sync, false)) return *error;
        node_->synced = node_->written;
        return {};
    }
    FileResult<> allocate(std::uint64_t size) override {
        if (const auto error = fails(Call::allocate, true)) return *error;
        if (const auto error = grow(size)) return *error;
        node_->allocated = std::max(node_->allocated, size);
        if (node_->written.size() < size) node_->written.resize(size);
        return {};
    }
    FileResult<> truncate(std::uint64_t size) override {
        if (const auto error = fails(Call::truncate, true)) return *error;
        if (const auto error = grow(size)) return *error;
        node_->written.resize(size);
        node_->allocated = size;
        return {};
    }
    FileResult<std::uint64_t> size() override {
        if (const auto error = fails(Call::read, false)) return *error;
        return std::uint64_t{node_->written.size()};
    }
    FileResult<std::uint64_t> space_taken() override {
        if (const auto error = fails(Call::read, false)) return *error;
        return node_->taken();
    }

  private:
    std::optional<FileError> fails(Call call, bool writes) {
        if (life_ != disk_.life_) return error_of(EBADF, path_);
        if (writes) assert(writable_ && "opened to be read");
        return disk_.fails(call, path_, writes);
    }
    std::optional<FileError> grow(std::uint64_t end) {
        if (end <= node_->taken()) return std::nullopt;
        if (disk_.used() + (end - node_->taken()) > disk_.capacity_) {
            return error_of(ENOSPC, path_);
        }
        return std::nullopt;
    }

    MemoryFileSystem& disk_;
    const NodePtr node_;
    const std::filesystem::path path_;
    const bool writable_;
    const std::uint64_t life_;
};

class MemoryFileSystem::MemoryLock final : public FolderLock {
  public:
    MemoryLock(MemoryFileSystem& disk, std::string path)
        : disk_(disk), path_(std::move(path)), life_(disk.life_) {}
    ~MemoryLock() override {
        if (life_ == disk_.life_) disk_.locks_.erase(path_);
    }

  private:
    MemoryFileSystem& disk_;
    const std::string path_;
    const std::uint64_t life_;
};

MemoryFileSystem::MemoryFileSystem() = default;
MemoryFileSystem::~MemoryFileSystem() = default;

std::optional<FileError> MemoryFileSystem::fails(Call call, const std::filesystem::path& path,
                                                 bool writes) {
    const std::uint64_t number = calls_++;
    if (stop_at_ && number >= *stop_at_) return error_of(EIO, path);
    if (const auto planned = planned_.find(number); planned != planned_.end()) {
        return error_of(planned->second, path);
    }
    if (const auto every = every_.find(call); every != every_.end()) {
        return error_of(every->second, path);
    }
    if (writes && read_only_) return error_of(EROFS, path);
    return std::nullopt;
}

void MemoryFileSystem::fail_call(std::uint64_t k, int number) {
    planned_[calls_ + k] = number;
}

void MemoryFileSystem::fail_every(Call call, int number) {
    if (number == 0) {
        every_.erase(call);
    } else {
        every_[call] = number;
    }
}

FileResult<std::unique_ptr<File>> MemoryFileSystem::open(const std::filesystem::path& path,
                                                         Open how) {
    const bool makes = how == Open::create_new;
    if (const auto error = fails(Call::open, path, how != Open::read)) return *error;
    const auto at = names_.find(path.string());
    if (makes && at != names_.end()) return error_of(EEXIST, path);
    if (!makes && at == names_.end()) return error_of(ENOENT, path);
    const NodePtr node = makes ? std::make_shared<Node>() : at->second;
    if (makes) names_[path.string()] = node;
    return std::unique_ptr<File>(
        std::make_unique<MemoryFile>(*this, node, path, how != Open::read));
}

FileResult<> MemoryFileSystem::rename(const std::filesystem::path& from,
                                      const std::filesystem::path& to) {
    if (const auto error = fails(Call::rename, from, true)) return *error;
    const auto at = names_.find(from.string());
    if (at == names_.end()) return error_of(ENOENT, from);
    names_[to.string()] = at->second;
    names_.erase(from.string());
    return {};
}

FileResult<> MemoryFileSystem::remove(const std::filesystem::path& path) {
    if (const auto error = fails(Call::remove, path, true)) return *error;
    if (names_.erase(path.string()) == 0) return error_of(ENOENT, path);
    return {};
}

FileResult<> MemoryFileSystem::sync_folder(const std::filesystem::path& folder) {
    if (const auto error = fails(Call::sync_folder, folder, false)) return *error;
    synced_ = names_;
    return {};
}

FileResult<> MemoryFileSystem::make_folder(const std::filesystem::path& folder) {
    if (folders_.contains(folder.string())) return {};
    if (const auto error = fails(Call::make_folder, folder, true)) return *error;
    folders_.insert(folder.string());
    return {};
}

FileResult<std::vector<std::string>> MemoryFileSystem::list(const std::filesystem::path& folder) {
    if (const auto error = fails(Call::list, folder, false)) return *error;
    std::vector<std::string> names;
    for (const auto& [path, node] : names_) {
        const std::filesystem::path whole(path);
        if (whole.parent_path() == folder) names.push_back(whole.filename().string());
    }
    return names;
}

FileResult<std::unique_ptr<FolderLock>> MemoryFileSystem::lock(const std::filesystem::path& path) {
    const bool there = names_.contains(path.string());
    if (const auto error = fails(Call::lock, path, !there)) return *error;
    if (!locks_.insert(path.string()).second) return error_of(EWOULDBLOCK, path);
    if (!there) names_[path.string()] = std::make_shared<Node>();
    return std::unique_ptr<FolderLock>(std::make_unique<MemoryLock>(*this, path.string()));
}

FileResult<std::uint64_t> MemoryFileSystem::free_space(const std::filesystem::path&) {
    return capacity_ - std::min(capacity_, used());
}

void MemoryFileSystem::crash(std::mt19937_64& random) {
    // Each name that differs is the old one or the new one; files behind them as they come.
    std::set<std::string> all;
    for (const auto& [path, node] : names_)
        all.insert(path);
    for (const auto& [path, node] : synced_)
        all.insert(path);
    std::map<std::string, NodePtr> left;
    for (const std::string& path : all) {
        const auto now = names_.find(path);
        const auto before = synced_.find(path);
        const NodePtr newer = now == names_.end() ? nullptr : now->second;
        const NodePtr older = before == synced_.end() ? nullptr : before->second;
        const NodePtr chosen = random() % 2 == 0 ? newer : older;
        if (chosen) left[path] = chosen;
    }
    std::set<NodePtr> files;
    for (const auto& [path, node] : left)
        files.insert(node);
    for (const NodePtr& node : files)
        node->crash(random);
    // A rename that came halfway would give two names to one file: they part from here on.
    std::set<NodePtr> seen;
    for (auto& [path, node] : left) {
        if (!seen.insert(node).second) node = std::make_shared<Node>(*node);
    }
    names_ = synced_ = std::move(left);
    begin_new_life();
}

void MemoryFileSystem::clear() {
    names_.clear();
    synced_.clear();
    folders_.clear();
    every_.clear();
    read_only_ = false;
    capacity_ = ~std::uint64_t{0};
    begin_new_life();
}

void MemoryFileSystem::kill() {
    begin_new_life();
}

void MemoryFileSystem::begin_new_life() {
    ++life_;
    locks_.clear();
    planned_.clear();
    stop_at_.reset();
}

std::vector<std::string> MemoryFileSystem::names() const {
    std::vector<std::string> names;
    for (const auto& [path, node] : names_)
        names.push_back(path);
    return names;
}

Bytes MemoryFileSystem::content(const std::filesystem::path& path) const {
    const auto at = names_.find(path.string());
    return at == names_.end() ? Bytes() : at->second->written;
}

void MemoryFileSystem::set_content(const std::filesystem::path& path, Bytes bytes) {
    auto node = std::make_shared<Node>();
    node->written = node->synced = std::move(bytes);
    names_[path.string()] = synced_[path.string()] = node;
}

std::uint64_t MemoryFileSystem::used() const {
    std::uint64_t sum = 0;
    for (const auto& [path, node] : names_)
        sum += node->taken();
    return sum;
}

}  // namespace fieldway::test
