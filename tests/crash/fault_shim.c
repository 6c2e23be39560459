/* LD_PRELOAD: faults at counted calls to the file system, as fault_plan.h says. $FIELDWAY_FAULTS is
 * the path of the page. Thread: any. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "fault_plan.h"
#include "fault_rules.h"

#define VISIBLE __attribute__((visibility("default")))
/* The call behind ours: real(pwrite)(fd, ...). */
#define real(name) (__extension__(__typeof__(&name)) next_of(#name))

enum { MOST_DESCRIPTORS = 65536 };
static atomic_uchar ours[MOST_DESCRIPTORS]; /* descriptors of what is below the root */
static struct fault_page* page;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards what follows, and counting */
static struct fault_rule rules[FAULT_MOST_RULES];
static int rule_count;
static uint32_t read_generation;
static int root_folder = -1; /* for the power cut: opening may fail by then */

static void* next_of(const char* name) {
    void* found = dlsym(RTLD_NEXT, name);
    if (found == NULL) abort();
    return found;
}

static void complain(const char* text) {
    real(write)(STDERR_FILENO, text, strlen(text));
    abort();
}

/* The folder, or the one in which it will be made. */
static void open_root(void) {
    char path[sizeof(page->root)];
    memcpy(path, page->root, sizeof(path));
    do {
        root_folder = real(open)(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        char* slash = strrchr(path, '/');
        if (slash == NULL) return;
        *slash = '\0';
    } while (root_folder < 0);
}

__attribute__((constructor)) static void begin(void) {
    const char* path = getenv("FIELDWAY_FAULTS");
    if (path == NULL) return;
    const int fd = real(open)(path, O_RDWR | O_CLOEXEC);
    if (fd < 0) complain("fault shim: $FIELDWAY_FAULTS cannot be opened\n");
    void* mapped = mmap(NULL, sizeof(*page), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    real(close)(fd);
    if (mapped == MAP_FAILED) complain("fault shim: $FIELDWAY_FAULTS cannot be mapped\n");
    page = mapped;
    read_generation = page->generation - 1;
    open_root();
}

static int below_root(const char* path) {
    const size_t length = page == NULL ? 0 : strlen(page->root);
    return length > 0 && strncmp(path, page->root, length) == 0 &&
           (path[length] == '/' || path[length] == '\0');
}

static int is_ours(int fd) {
    return page != NULL && fd >= 0 && fd < MOST_DESCRIPTORS && ours[fd];
}

static void remember(int fd, int below) {
    if (fd >= 0 && fd < MOST_DESCRIPTORS) ours[fd] = (unsigned char)below;
}

static void die(void) {
    kill(getpid(), SIGKILL);
    for (;;)
        pause();
}

static void cut_power(uint32_t flag) {
    /* FS_IOC_SHUTDOWN: what is not on the device is lost; every later call gives EIO. */
    if (ioctl(root_folder, _IOR('X', 125, uint32_t), &flag) != 0)
        complain("fault shim: the file system refuses its shutdown\n");
    die();
}

/* Counts the call and gives the rule that it meets; ACT_NONE for none. Kills and cuts do not
 * return, slowness is over when it does. */
static struct fault_rule meet(enum fault_call call) {
    struct fault_rule met = {.action = ACT_NONE};
    pthread_mutex_lock(&lock);
    if (read_generation != page->generation) {
        rule_count = fault_read_plan(page->plan, rules);
        if (rule_count < 0) complain("fault shim: a word of the plan is no rule\n");
        read_generation = page->generation;
    }
    ++page->counts[call];
    if (call != CALL_READ) ++page->counts[CALL_ANY];
    for (int i = 0; i < rule_count && met.action == ACT_NONE; ++i) {
        const struct fault_rule* rule = &rules[i];
        const uint64_t count = page->counts[rule->call];
        const int concerned = rule->call == call || (rule->call == CALL_ANY && call != CALL_READ);
        if (concerned && count >= rule->first && count <= rule->last) met = *rule;
    }
    if (met.action != ACT_NONE) ++page->faults;
    pthread_mutex_unlock(&lock);
    if (met.action == ACT_KILL || (met.action == ACT_TEAR && call != CALL_WRITE)) die();
    if (met.action == ACT_CUT) cut_power(2);
    if (met.action == ACT_CUT_LOG) cut_power(1);
    if (met.action == ACT_SLOW) {
        const struct timespec time = {met.number / 1000, met.number % 1000 * 1000000L};
        /* sleeps because a slow disk is what it plays */
        nanosleep(&time, NULL);
        met.action = ACT_NONE;
    }
    if (met.action == ACT_ERROR) errno = met.number;
    return met;
}

/* A call that does nothing but succeed or fail, and the real one behind it. */
#define SIMPLE(concerned, call, behind)               \
    do {                                              \
        if (page != NULL && (concerned)) {            \
            const struct fault_rule met = meet(call); \
            if (met.action == ACT_ERROR) return -1;   \
            if (met.action == ACT_SKIP) return 0;     \
        }                                             \
        return behind;                                \
    } while (0)

static int opened(int below, int fd) {
    remember(fd, below);
    return fd;
}

static mode_t mode_of(int flags, va_list arguments) {
    return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(arguments, mode_t) : 0;
}

#define OPEN(name)                                                   \
    VISIBLE int name(const char* path, int flags, ...) {             \
        va_list arguments;                                           \
        va_start(arguments, flags);                                  \
        const mode_t mode = mode_of(flags, arguments);               \
        va_end(arguments);                                           \
        const int below = below_root(path);                          \
        if (below && meet(CALL_OPEN).action == ACT_ERROR) return -1; \
        return opened(below, real(name)(path, flags, mode));         \
    }
OPEN(open)
OPEN(open64)

#define OPENAT(name)                                                           \
    VISIBLE int name(int folder, const char* path, int flags, ...) {           \
        va_list arguments;                                                     \
        va_start(arguments, flags);                                            \
        const mode_t mode = mode_of(flags, arguments);                         \
        va_end(arguments);                                                     \
        const int below = path[0] == '/' ? below_root(path) : is_ours(folder); \
        if (below && meet(CALL_OPEN).action == ACT_ERROR) return -1;           \
        return opened(below, real(name)(folder, path, flags, mode));           \
    }
OPENAT(openat)
OPENAT(openat64)

VISIBLE int close(int fd) {
    remember(fd, 0);
    return real(close)(fd);
}

/* A write of `size` bytes: `all` does it whole, `half` its first half. */
#define WRITE(fd, size, all, half)                                         \
    do {                                                                   \
        if (!is_ours(fd)) return all;                                      \
        const struct fault_rule met = meet(CALL_WRITE);                    \
        if (met.action == ACT_ERROR) return -1;                            \
        if (met.action == ACT_SKIP) return (ssize_t)(size);                \
        if (met.action != ACT_SHORT && met.action != ACT_TEAR) return all; \
        const ssize_t done = half;                                         \
        if (met.action == ACT_TEAR) die();                                 \
        return done;                                                       \
    } while (0)

static size_t half_of(size_t size) {
    return size > 1 ? size / 2 : size;
}

VISIBLE ssize_t write(int fd, const void* data, size_t size) {
    WRITE(fd, size, real(write)(fd, data, size), real(write)(fd, data, half_of(size)));
}

#define PWRITE(name, offset_type)                                                     \
    VISIBLE ssize_t name(int fd, const void* data, size_t size, offset_type offset) { \
        WRITE(fd, size, real(name)(fd, data, size, offset),                           \
              real(name)(fd, data, half_of(size), offset));                           \
    }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

static size_t size_of(const struct iovec* parts, int count) {
    size_t size = 0;
    for (int i = 0; i < count; ++i)
        size += parts[i].iov_len;
    return size;
}

/* Half the bytes of all parts: where it ends is in the middle of one. */
static ssize_t write_half(int fd, const struct iovec* parts, int count, off64_t offset) {
    size_t left = half_of(size_of(parts, count));
    ssize_t done = 0;
    for (int i = 0; i < count && left > 0; ++i) {
        const size_t size = parts[i].iov_len < left ? parts[i].iov_len : left;
        const ssize_t wrote = real(pwrite64)(fd, parts[i].iov_base, size, offset + done);
        if (wrote < 0) return done > 0 ? done : -1;
        done += wrote;
        left -= size;
    }
    return done;
}

#define PWRITEV(name, offset_type)                                                           \
    VISIBLE ssize_t name(int fd, const struct iovec* parts, int count, offset_type offset) { \
        WRITE(fd, size_of(parts, count), real(name)(fd, parts, count, offset),               \
              write_half(fd, parts, count, offset));                                         \
    }
PWRITEV(pwritev, off_t)
PWRITEV(pwritev64, off64_t)

VISIBLE ssize_t writev(int fd, const struct iovec* parts, int count) {
    WRITE(fd, size_of(parts, count), real(writev)(fd, parts, count),
          real(write)(fd, parts[0].iov_base, half_of(parts[0].iov_len)));
}

#define READ(fd) \
    if (is_ours(fd) && meet(CALL_READ).action == ACT_ERROR) return -1

VISIBLE ssize_t read(int fd, void* data, size_t size) {
    READ(fd);
    return real(read)(fd, data, size);
}
VISIBLE ssize_t pread(int fd, void* data, size_t size, off_t offset) {
    READ(fd);
    return real(pread)(fd, data, size, offset);
}
VISIBLE ssize_t pread64(int fd, void* data, size_t size, off64_t offset) {
    READ(fd);
    return real(pread64)(fd, data, size, offset);
}

VISIBLE int fsync(int fd) {
    SIMPLE(is_ours(fd), CALL_SYNC, real(fsync)(fd));
}
VISIBLE int fdatasync(int fd) {
    SIMPLE(is_ours(fd), CALL_SYNC, real(fdatasync)(fd));
}
VISIBLE int rename(const char* from, const char* to) {
    SIMPLE(below_root(to), CALL_RENAME, real(rename)(from, to));
}
VISIBLE int unlink(const char* path) {
    SIMPLE(below_root(path), CALL_REMOVE, real(unlink)(path));
}
VISIBLE int remove(const char* path) {
    SIMPLE(below_root(path), CALL_REMOVE, real(remove)(path));
}
VISIBLE int unlinkat(int folder, const char* path, int flags) {
    SIMPLE(path[0] == '/' ? below_root(path) : is_ours(folder), CALL_REMOVE,
           real(unlinkat)(folder, path, flags));
}
VISIBLE int fallocate(int fd, int mode, off_t offset, off_t size) {
    SIMPLE(is_ours(fd), CALL_ALLOCATE, real(fallocate)(fd, mode, offset, size));
}
VISIBLE int fallocate64(int fd, int mode, off64_t offset, off64_t size) {
    SIMPLE(is_ours(fd), CALL_ALLOCATE, real(fallocate64)(fd, mode, offset, size));
}
/* These two give the error instead of setting errno. */
VISIBLE int posix_fallocate(int fd, off_t offset, off_t size) {
    if (is_ours(fd) && meet(CALL_ALLOCATE).action == ACT_ERROR) return errno;
    return real(posix_fallocate)(fd, offset, size);
}
VISIBLE int posix_fallocate64(int fd, off64_t offset, off64_t size) {
    if (is_ours(fd) && meet(CALL_ALLOCATE).action == ACT_ERROR) return errno;
    return real(posix_fallocate64)(fd, offset, size);
}
VISIBLE int ftruncate(int fd, off_t size) {
    SIMPLE(is_ours(fd), CALL_TRUNCATE, real(ftruncate)(fd, size));
}
VISIBLE int ftruncate64(int fd, off64_t size) {
    SIMPLE(is_ours(fd), CALL_TRUNCATE, real(ftruncate64)(fd, size));
}
VISIBLE int flock(int fd, int operation) {
    SIMPLE(is_ours(fd), CALL_LOCK, real(flock)(fd, operation));
}
VISIBLE int mkdir(const char* path, mode_t mode) {
    SIMPLE(below_root(path), CALL_FOLDER, real(mkdir)(path, mode));
}
