/* The plan of fault_plan.h, read. */
#pragma once

#include "fault_plan.h"

enum { FAULT_MOST_RULES = 16 };

enum fault_action {
    ACT_NONE,
    ACT_KILL,
    ACT_TEAR,
    ACT_CUT,
    ACT_CUT_LOG,
    ACT_SKIP,
    ACT_SHORT,
    ACT_SLOW,
    ACT_ERROR
};

struct fault_rule {
    enum fault_action action;
    int number; /* errno, or milliseconds */
    enum fault_call call;
    uint64_t first, last;
};

/* The number of rules, or -1 when a word is none. */
int fault_read_plan(const char* plan, struct fault_rule rules[FAULT_MOST_RULES]);
