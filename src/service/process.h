// What the process asks of the operating system once, at start or soon after.
#pragma once

#include <filesystem>

#include "base/error.h"

namespace fieldway::service {

/// A write to a peer that is gone is an error code, not the end of the process (MQTT libraries
/// write without MSG_NOSIGNAL).
void ignore_broken_pipes();

/// Until the gateway listens for them itself, SIGTERM and SIGINT end the process with status 0:
/// nothing is held yet, and a plugin that hangs in its check must not delay the end.
void end_at_once_when_asked();

/// No core dump holds a secret (together with LimitCORE=0 of the unit). Not in sanitizer builds:
/// their leak check needs to trace its own process.
void forbid_core_dumps();

/// Gives the memory that starting took and freed (reading a configuration takes several times what
/// it is) back to the system: malloc keeps it otherwise, for as long as the process runs. Takes
/// some milliseconds: once, when starting is over.
void give_back_memory();

/// As root: the process becomes the user and the group that own the folder, and has their rights
/// alone from then on. Does nothing for anybody else, and when root owns it or it is not there.
Result<> become_owner_of(const std::filesystem::path& folder);

/// Whether standard error is the journal: systemd.exec(5), $JOURNAL_STREAM.
bool stderr_is_journal();
bool stderr_is_terminal();

}  // namespace fieldway::service
