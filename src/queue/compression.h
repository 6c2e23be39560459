// Stored frames by zstd: what goes in comes out, or nothing does.
#pragma once

#include <cstddef>
#include <memory>

#include "base/bytes.h"

// zstd's context; its header stays in compression.cpp.
struct ZSTD_CCtx_s;

namespace fieldway::queue {

/// Keeps zstd's working memory from frame to frame. Thread: one at a time.
class Compressor {
  public:
    Compressor();
    ~Compressor();
    Compressor(const Compressor&) = delete;
    Compressor& operator=(const Compressor&) = delete;

    /// The compressed bytes, valid until the next call; empty when that would not save at least an
    /// eighth, which is not worth the reader's time.
    ByteView compress(ByteView raw);

  private:
    struct Free {
        void operator()(ZSTD_CCtx_s* context) const;
    };
    std::unique_ptr<ZSTD_CCtx_s, Free> context_;
    Bytes out_;
};

/// Exactly `size` bytes, or false: the bytes are no zstd frame of that size.
bool decompress(ByteView stored, std::size_t size, Bytes& raw);

}  // namespace fieldway::queue
