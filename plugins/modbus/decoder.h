// `fieldway decode modbus|rtu|tcp|ascii`: what we make of bytes that somebody has at hand. Pure.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"

namespace fieldway::modbus {

/// The kinds that decode() knows.
std::vector<std::string> decode_kinds();

/// `words`: the kind and what follows it on the command line. The result is JSON text, an object a
/// line; an error says what is wrong with the bytes or the words.
///
///   modbus [--type T] [--word-order O] [--byte-order O] [--length N] HEX  {"value": 21.5}
///   rtu|tcp|ascii [--request|--response] HEX                              {"unit": 1, ...}
///   modbus-example SETTINGS EXAMPLE                                       see example_decoder.h
///
/// Without --request or --response the frame tells, where it can only be one of them; otherwise it
/// is taken for a response.
Result<std::string> decode_words(const std::vector<std::string>& words);

}  // namespace fieldway::modbus
