#include "queue/store.h"

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
    }
    return "unknown";
}

Result<std::unique_ptr<Store>> Store::open(FileSystem&, StoreOptions, const StoreTime&) {
    return Error::stop_program("there is no store yet");
}

}  // namespace fieldway::queue
