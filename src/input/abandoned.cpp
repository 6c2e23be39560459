#include "input/abandoned.h"

#include <mutex>
#include <utility>
#include <vector>

namespace fieldway::input {

void keep_for_ever(std::shared_ptr<const void> thing) {
    struct Kept {
        std::mutex mutex;  ///< guards `things`
        std::vector<std::shared_ptr<const void>> things;
    };
    static Kept& kept =
        *new Kept;  // never destroyed: threads of an abandoned plugin run until the process ends
    const std::lock_guard lock(kept.mutex);
    kept.things.push_back(std::move(thing));
}

}  // namespace fieldway::input
