#include "common/wake_event.h"

#include <sys/eventfd.h>
#include <unistd.h>

namespace fieldway::common {

WakeEvent::WakeEvent() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

void WakeEvent::set() {
    if (event_.valid()) (void)::eventfd_write(event_.get(), 1);
}

void WakeEvent::clear() {
    eventfd_t ignored = 0;
    if (event_.valid()) (void)::eventfd_read(event_.get(), &ignored);
}

}  // namespace fieldway::common
