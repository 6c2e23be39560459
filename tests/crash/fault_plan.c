#define _GNU_SOURCE
#include "fault_plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fault_rules.h"

static const char* const call_names[CALLS] = {"any",    "open",   "write",    "sync",
                                              "rename", "remove", "allocate", "truncate",
                                              "lock",   "folder", "read"};

static const struct {
    const char* name;
    enum fault_action action;
    int error;
} action_names[] = {
    {"kill", ACT_KILL, 0},       {"tear", ACT_TEAR, 0},       {"cut", ACT_CUT, 0},
    {"cut-log", ACT_CUT_LOG, 0}, {"skip", ACT_SKIP, 0},       {"short", ACT_SHORT, 0},
    {"slow", ACT_SLOW, 0},       {"EIO", ACT_ERROR, EIO},     {"ENOSPC", ACT_ERROR, ENOSPC},
    {"EROFS", ACT_ERROR, EROFS}, {"EINTR", ACT_ERROR, EINTR}, {"EMFILE", ACT_ERROR, EMFILE},
};

static int take_action(struct fault_rule* rule, const char* text, size_t size) {
    const char* value = memchr(text, '=', size);
    const size_t length = value == NULL ? size : (size_t)(value - text);
    for (size_t i = 0; i < sizeof(action_names) / sizeof(action_names[0]); ++i) {
        if (strlen(action_names[i].name) != length ||
            strncmp(action_names[i].name, text, length) != 0)
            continue;
        rule->action = action_names[i].action;
        rule->number = value == NULL ? action_names[i].error : atoi(value + 1);
        return 1;
    }
    return 0;
}

static int take_call(struct fault_rule* rule, const char* text, size_t size) {
    for (int call = 0; call < CALLS; ++call)
        if (strlen(call_names[call]) == size && strncmp(call_names[call], text, size) == 0) {
            rule->call = (enum fault_call)call;
            return 1;
        }
    return 0;
}

static int take_rule(struct fault_rule* rule, const char* word) {
    const char* at = strchr(word, '@');
    const char* colon = at == NULL ? NULL : strchr(at, ':');
    if (colon == NULL || !take_action(rule, word, (size_t)(at - word)) ||
        !take_call(rule, at + 1, (size_t)(colon - at - 1)))
        return 0;
    char* end = NULL;
    rule->first = strtoull(colon + 1, &end, 10);
    rule->last = rule->first;
    if (*end == '-') rule->last = end[1] == '\0' ? UINT64_MAX : strtoull(end + 1, &end, 10);
    return rule->first > 0;
}

int fault_read_plan(const char* plan, struct fault_rule rules[FAULT_MOST_RULES]) {
    char text[sizeof(((struct fault_page*)0)->plan)];
    strncpy(text, plan, sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    int count = 0;
    char* rest = NULL;
    for (char* word = strtok_r(text, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest)) {
        if (count == FAULT_MOST_RULES || !take_rule(&rules[count], word)) return -1;
        ++count;
    }
    return count;
}
