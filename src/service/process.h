// What the process asks of the operating system once, at start.
#pragma once

namespace fieldway::service {

/// A write to a peer that is gone is an error code, not the end of the process (MQTT libraries
/// write without MSG_NOSIGNAL).
void ignore_broken_pipes();

/// No core dump holds a secret (together with LimitCORE=0 of the unit). Not in sanitizer builds:
/// their leak check needs to trace its own process.
void forbid_core_dumps();

/// Whether standard error is the journal: systemd.exec(5), $JOURNAL_STREAM.
bool stderr_is_journal();
bool stderr_is_terminal();

}  // namespace fieldway::service
