#include "base/file_system.h"

#include <array>

#include <boost/assert/source_location.hpp>

#include "base/error.h"

namespace fieldway {

void throw_exception_from_error(const FileError& error, const boost::source_location&) {
    throw ErrorException(Error::retry(error.sentence));
}

FileResult<> replace_file(FileSystem& files, const std::filesystem::path& path, ByteView bytes) {
    auto beside = path;
    beside += ".new";
    static_cast<void>(files.remove(beside));
    auto file = files.open(beside, FileSystem::Open::create_new);
    if (!file) return file.error();
    const std::array<ByteView, 1> parts{bytes};
    auto done = (*file)->write_at(0, parts);
    if (done) done = (*file)->sync();
    if (done) done = files.rename(beside, path);
    if (done) done = files.sync_folder(path.parent_path());
    if (!done) static_cast<void>(files.remove(beside));
    return done;
}

}  // namespace fieldway
