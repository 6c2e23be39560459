#include "queue/compression.h"

#include <zstd.h>

namespace fieldway::queue {

namespace {

/// Level 1: telemetry in JSON shrinks to a fifth with it, at hundreds of megabytes a second.
constexpr int level = 1;
/// Below, a frame is one page of the disk anyway.
constexpr std::size_t least_bytes = 512;

}  // namespace

void Compressor::Free::operator()(ZSTD_CCtx_s* context) const {
    ZSTD_freeCCtx(context);
}

Compressor::Compressor() = default;
Compressor::~Compressor() = default;

ByteView Compressor::compress(ByteView raw) {
    if (raw.size() < least_bytes) return {};
    if (!context_) context_.reset(ZSTD_createCCtx());
    if (!context_) return {};  // no memory: stored as it is
    out_.resize(ZSTD_compressBound(raw.size()));
    const std::size_t size =
        ZSTD_compressCCtx(context_.get(), out_.data(), out_.size(), raw.data(), raw.size(), level);
    if (ZSTD_isError(size) != 0 || size > raw.size() - raw.size() / 8) return {};
    return ByteView(out_).first(size);
}

bool decompress(ByteView stored, std::size_t size, Bytes& raw) {
    if (ZSTD_getFrameContentSize(stored.data(), stored.size()) != size) return false;
    raw.resize(size);
    const std::size_t got = ZSTD_decompress(raw.data(), raw.size(), stored.data(), stored.size());
    return ZSTD_isError(got) == 0 && got == size;
}

}  // namespace fieldway::queue
