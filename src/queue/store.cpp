#include "queue/store.h"

#include "queue/segment_store.h"

namespace fieldway::queue {

std::string_view name_of(LossReason reason) {
    switch (reason) {
        case LossReason::bytes:
            return "bytes";
        case LossReason::device_bytes:
            return "device_bytes";
        case LossReason::memory:
            return "memory";
        case LossReason::age:
            return "age";
        case LossReason::refused:
            return "refused";
        case LossReason::thinned:
            return "thinned";
        case LossReason::damaged:
            return "damaged";
        case LossReason::disk:
            return "disk";
    }
    return "unknown";
}

Result<std::unique_ptr<Store>> Store::open(FileSystem& files, StoreOptions options,
                                           const Timestamp& time) {
    const std::string folder = options.folder.string();
    auto store = std::make_unique<SegmentStore>(files, std::move(options), time);
    if (!store->start()) {
        return Error::stop_program(folder +
                                   " is in use by another process: stop that one, or give this one "
                                   "another state_dir");
    }
    return std::unique_ptr<Store>(std::move(store));
}

}  // namespace fieldway::queue
