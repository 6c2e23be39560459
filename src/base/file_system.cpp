#include "base/file_system.h"

#include <boost/assert/source_location.hpp>

#include "base/error.h"

namespace fieldway {

void throw_exception_from_error(const FileError& error, const boost::source_location&) {
    throw ErrorException(Error::retry(error.sentence));
}

}  // namespace fieldway
