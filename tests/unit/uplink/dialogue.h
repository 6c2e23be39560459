// A session written as a dialogue: `> ` is what happens to the machine, `< ` is what it must do
// then, in order and nothing else, `? ` is a question about its state. Lines that begin with # and
// empty lines are comments.
//
// clang-format off
//   > rules in_flight=2 messages_per_second=1 subscribes=yes    before start
//   > append STREAM SEQUENCE [BYTES]             a record arrives, its packet is BYTES long
//   > start | started | stop DURATION            a step of the try begins; deadline from now
//   > connected [receive_maximum=N] [max_packet=N] [resends]
//   > refused CODE | unreachable                 the CONNACK, or no connection
//   > ack STREAM SEQUENCE [CODE] | failed STREAM SEQUENCE
//   > suback CODE
//   > token DURATION                             the token of the try is good for so long
//   > token-ends DURATION                        the present one ends so soon, by the clock's step
//   > clock in-doubt|hinders|settled             of the machine
//   > prepared | prepare-failed                  the connection that shall replace the present one
//   > lost [by-peer|reset|unknown] | lost CODE    the connection, by a DISCONNECT with CODE
//   > gate shut                                  it answers no more by itself, but with:
//   > granted STREAM
//   > after DURATION                             time passes, with a tick at each wake
//   > next                                       time passes to the next wake
//   < connect [watching] | replace [watching] | prepare | abandon | close
//   < publish STREAM SEQ | release STREAM SEQ | bury STREAM SEQ
//   < subscribe | no downlinks | downlinks again
//   < state NAME | ask STREAM BYTES | leave      asks only while the gate is shut
//   ? wake DURATION DURATION                     the next wake is between, from now
//   ? in_flight N
// clang-format on
//
// STREAM is alarm, telemetry, bulk, or telemetry:live-first ... What was appended before
// `connected` is backlog. Draws are answered from the appended records, so they do not appear.
#pragma once

#include <filesystem>
#include <string>

namespace fieldway::test {

/// Plays the file. Empty, or what differed and where.
std::string play_dialogue(const std::filesystem::path& file);

}  // namespace fieldway::test
