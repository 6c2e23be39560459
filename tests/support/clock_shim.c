// Loaded into a program (LD_PRELOAD): its wall clock is off, and set while it runs, and the kernel
// says of it what a test wants. The monotonic clock is left alone. $FIELDWAY_CLOCK names the page
// that both share (fieldway_test/clock.py).
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

/// By the program, though the tree hides names.
#define VISIBLE __attribute__((visibility("default")))

struct page {
    volatile int64_t ahead_ms;
    volatile int64_t synchronised;
};
static struct page* page;
static int (*true_gettime)(clockid_t, struct timespec*);

__attribute__((constructor)) static void start(void) {
    *(void**)&true_gettime = dlsym(RTLD_NEXT, "clock_gettime");
    const char* const path = getenv("FIELDWAY_CLOCK");
    const int file = path != NULL ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0) return;
    void* const mapped = mmap(NULL, sizeof(struct page), PROT_READ, MAP_SHARED, file, 0);
    close(file);
    if (mapped != MAP_FAILED) page = mapped;
}

VISIBLE int clock_gettime(clockid_t id, struct timespec* time) {
    if (true_gettime == NULL) *(void**)&true_gettime = dlsym(RTLD_NEXT, "clock_gettime");
    const int result = true_gettime(id, time);
    if (result != 0 || page == NULL || id != CLOCK_REALTIME) return result;
    const int64_t whole = (int64_t)time->tv_sec * 1000 + time->tv_nsec / 1000000 + page->ahead_ms;
    time->tv_sec = whole / 1000;
    time->tv_nsec = (whole % 1000) * 1000000 + time->tv_nsec % 1000000;
    return 0;
}

VISIBLE time_t time(time_t* out) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (out != NULL) *out = now.tv_sec;
    return now.tv_sec;
}

VISIBLE int gettimeofday(struct timeval* restrict out, void* restrict zone) {
    (void)zone;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    out->tv_sec = now.tv_sec;
    out->tv_usec = now.tv_nsec / 1000;
    return 0;
}

VISIBLE int adjtimex(struct timex* out) {
    out->maxerror = page != NULL && page->synchronised ? 1000 : 16000000;
    out->status = page != NULL && page->synchronised ? 0 : STA_UNSYNC;
    return page != NULL && page->synchronised ? TIME_OK : TIME_ERROR;
}
