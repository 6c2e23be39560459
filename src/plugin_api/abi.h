/* The border between the gateway and an input plugin: plain C, versioned.
 *
 * No STL type, no exception and no allocation crosses it. What one side gives the other is borrowed
 * for the time of the call; who wants to keep it copies it. Events and calls are flat byte messages
 * (wire.h), configuration is JSON text (input_config.h), errors carry a JSON pointer into that
 * text. Structs start with their size: a newer side may append members, and a side that sees a
 * smaller size does not touch what is not there.
 *
 * Two levels: a PLUGIN object, one per library and gateway, owns what its inputs share (loops,
 * connections by host and port); an INPUT object is one bus, line or radio.
 *
 * Threads: the gateway makes every call into a plugin from that plugin's control thread, one at a
 * time, each with a deadline; a call that passes its deadline is a hang, and everything of the
 * plugin is abandoned. A plugin calls the host's functions from any thread of its own; none of them
 * blocks.
 *
 * In C++ include sdk.h instead; docs/plugin-guide.md is the way in. */
#ifndef FIELDWAY_PLUGIN_API_ABI_H
#define FIELDWAY_PLUGIN_API_ABI_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define FIELDWAY_ABI_VERSION 1u

/* The one symbol that a plugin exports. */
#define FIELDWAY_ENTRY_NAME "fieldway_plugin_entry"

typedef struct fieldway_bytes {
    const void* data;
    uint64_t size;
} fieldway_bytes;

/* Receives the result of a call while the call runs; called at most once a call. */
typedef void (*fieldway_sink)(void* context, fieldway_bytes result);

/* Receives what is new while a long call runs, JSON text; called any number of times, from the
 * call's own thread. OK, or anything else: end at the next step and give what is known. */
typedef int32_t (*fieldway_news)(void* context, fieldway_bytes news);

enum {
    FIELDWAY_OK = 0,
    FIELDWAY_FULL = 1, /* emit: not taken; keep it and try again later, or drop it and count it */
    FIELDWAY_ERROR = 2 /* the sink got the reasons: problems as JSON (input_config.h) */
};

/* What became of the readings of one emit, when every message made of them has an answer. */
enum {
    FIELDWAY_ACCEPTED_DURABLE = 0, /* on disk, or acknowledged by the broker, or no message came of
                                      it by choice of the configuration */
    FIELDWAY_ACCEPTED_VOLATILE =
        1, /* in memory alone, by the operator's choice or in a declared memory mode */
    FIELDWAY_ACCEPTED_REFUSED =
        2 /* not taken: a limit was reached, or nothing is configured for it */
};

typedef struct fieldway_acceptance {
    uint64_t token; /* as given to emit; never 0 */
    int32_t outcome;
    int32_t reserved;
} fieldway_acceptance;

enum {
    FIELDWAY_LOG_ERROR = 0,
    FIELDWAY_LOG_WARNING = 1,
    FIELDWAY_LOG_INFO = 2,
    FIELDWAY_LOG_DEBUG = 3
};

/* What the gateway offers. Valid until destroy() has returned. Every function: any thread, never
 * blocks. */
typedef struct fieldway_host {
    uint32_t size;
    uint32_t abi_version;
    void* context;
    /* Readings of one or more devices (wire.h: readings). A token of 0 asks for no acceptance. OK
     * or FULL. */
    int32_t (*emit)(void* context, uint64_t input, fieldway_bytes readings, uint64_t token);
    /* A change of state of the input or of one of its devices (wire.h: state). */
    void (*state)(void* context, uint64_t input, fieldway_bytes state);
    /* The answer to one submit (wire.h: outcome), exactly once for each. */
    void (*answer)(void* context, uint64_t input, fieldway_bytes outcome);
    /* A moment worth a line; UTF-8, one sentence. */
    void (*log)(void* context, uint64_t input, int32_t level, fieldway_bytes sentence);
    int64_t (*monotonic_ns)(void* context); /* the clock of every timestamp and deadline */
    int64_t (*wall_ms)(void* context);      /* UTC milliseconds since 1970 */
} fieldway_host;

typedef struct fieldway_plugin fieldway_plugin;         /* the plugin's own; opaque */
typedef struct fieldway_input fieldway_input;           /* the plugin's own; opaque */
typedef struct fieldway_simulation fieldway_simulation; /* the plugin's own; opaque */

/* What a plugin offers. Deadlines in nanoseconds of the host's monotonic clock. */
typedef struct fieldway_plugin_api {
    uint32_t size;
    uint32_t abi_version;
    const char* name;    /* as `plugin:` says it and its file, NAME.so: a-z, 0-9, - */
    const char* version; /* of the plugin */
    const char* summary; /* one sentence: what it reads */
    const char*
        tables; /* JSON: its option tables (options.h) by level: input, device, address, point */

    fieldway_plugin* (*create)(const fieldway_host* host);
    void (*destroy)(fieldway_plugin* plugin); /* after every input has stopped */

    /* Whether a configuration could work, without touching a port or the network. ERROR and the
     * problems, or OK. */
    int32_t (*check)(fieldway_plugin* plugin, fieldway_bytes config, fieldway_sink sink,
                     void* sink_context);
    /* The predicted load of a configuration that check passed, as JSON; OK or ERROR. */
    int32_t (*plan)(fieldway_plugin* plugin, fieldway_bytes config, fieldway_sink sink,
                    void* sink_context);
    /* Begins to work. `input` is the number that the plugin names in every call to the host. What
     * only the world prevents (a port that is not there, a host that does not answer) is no error:
     * the input starts, says so as a state, and tries again. NULL and problems where it can never
     * work. */
    fieldway_input* (*start)(fieldway_plugin* plugin, uint64_t input, fieldway_bytes config,
                             fieldway_sink sink, void* sink_context);
    /* The input's new configuration: devices that did not change do not notice. ERROR where it
     * cannot be applied in place; the old one then goes on, and the gateway stops and starts the
     * input. */
    int32_t (*update)(fieldway_input* input, fieldway_bytes config, fieldway_sink sink,
                      void* sink_context);
    /* A request (wire.h: command), answered once by host->answer, also by a later thread. OK, or
     * ERROR when the bytes are no request; then there is no answer. */
    int32_t (*submit)(fieldway_input* input, fieldway_bytes command);
    /* What became of earlier emits, in any order, each token once. */
    void (*accepted)(fieldway_input* input, const fieldway_acceptance* list, uint64_t count);
    /* Ends the input and frees it; no call to the host about it after this returns. OK, or FULL
     * when the deadline passed with something still busy: the input is then abandoned, not freed.
     */
    int32_t (*stop)(fieldway_input* input, int64_t deadline_ns);

    /* Optional, may be NULL. */
    /* What this plugin makes of bytes: `arguments` is a JSON array of the words after `fieldway
     * decode KIND`, the first being KIND; the result is JSON text, an object a line. */
    int32_t (*decode)(fieldway_bytes arguments, fieldway_sink sink, void* sink_context);
    /* KINDs for decode, as a JSON array of strings. */
    const char* decode_kinds;
    /* Simulated devices: `config` is one entry of the `simulate:` file as JSON text. The sink gets
     * what a person needs to reach it, as JSON ({"url": "tcp://127.0.0.1:15020"}). NULL and
     * problems, or an object that runs until stop_simulation. */
    fieldway_simulation* (*simulate)(fieldway_bytes config, fieldway_sink sink, void* sink_context);
    void (*stop_simulation)(fieldway_simulation* simulation);
    /* JSON: the option table of one `simulate:` entry. */
    const char* simulate_table;
    /* A bus asked once by a person, with no input on it: `fieldway scan|read|write URL`. `request`
     * and what the sink gets are JSON (probe.h). It needs no plugin object, runs on the caller's
     * thread for as long as the bus takes, and tells `news` before each step on the bus. A read and
     * a scan change nothing on any device. OK, or ERROR and the problem; with the pointer
     * /request it is about the request, which can never succeed, and not about the bus. */
    int32_t (*probe)(fieldway_bytes request, fieldway_news news, void* news_context,
                     fieldway_sink sink, void* sink_context);
    /* JSON (probe.h): how its urls begin, and the option table of each verb that it has. */
    const char* probe_tables;
} fieldway_plugin_api;

/* Called once after loading. `host_abi_version` is what the gateway speaks; a plugin that cannot
 * speak it returns NULL. The result lives as long as the process. */
typedef const fieldway_plugin_api* (*fieldway_entry)(uint32_t host_abi_version);

#ifdef __cplusplus
}
#endif

#endif
