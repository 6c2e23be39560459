/* What the fault shim is asked to do, in one page that its rig shares with it. C: the shim is C.
 *
 * The page is a file, mapped by both sides: counts outlive a process that is killed, and a rig can
 * change the plan while the program runs (first `plan`, then `generation`).
 *
 * A plan is rules with a space between them: ACTION@CALL:FIRST[-[LAST]]
 *   ACTION  kill (before the call), tear (half of a write, then kill), cut and cut-log (the file
 *           system of `root` loses its power, without and with a flush of its journal; then kill),
 *           skip (says it succeeded), short (half of a write), slow=MILLISECONDS,
 *           EIO ENOSPC EROFS EINTR EMFILE
 *   CALL    open write sync rename remove allocate truncate lock folder read, or any: all of these
 *           that can change the disk (a kill between two reads leaves the same disk)
 *   FIRST   the first call of that kind since the plan was made, from 1; LAST: this one alone
 *           when it is missing, all further ones when it is empty
 */
#pragma once

#include <stdint.h>

enum fault_call {
    CALL_ANY,
    CALL_OPEN,
    CALL_WRITE,
    CALL_SYNC,
    CALL_RENAME,
    CALL_REMOVE,
    CALL_ALLOCATE,
    CALL_TRUNCATE,
    CALL_LOCK,
    CALL_FOLDER,
    CALL_READ,
    CALLS
};

struct fault_page {
    uint32_t generation; /* another one: the plan is read again, and counts start again */
    uint32_t faults;     /* injected so far */
    uint64_t counts[CALLS];
    char root[512]; /* calls on what is below this folder count, no others */
    char plan[1024];
};
