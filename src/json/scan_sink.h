// What an incremental scanner says of a JSON text while it grows, piece by piece.
//
// A compile-time interface (no virtual calls: this runs for every few bytes of a stream). Calls come in the order of
// the text; a container's or string's end may never come if the text breaks off. Values appear as the promises of a
// growing value demand: scalars only when they are complete, keys only when their value's type is known.
#pragma once

#include <concepts>
#include <cstdint>
#include <string_view>

namespace pointsman::json {

enum class Literal : std::uint8_t { kTrue, kFalse, kNull };

template <class T>
concept ScanSink = requires(T sink, std::string_view text, Literal literal) {
  sink.begin_object();
  sink.end_object();
  sink.begin_array();
  sink.end_array();
  // A member's name, whole and decoded; given right before its value's first call.
  sink.key(text);
  // A string value: begin, any number of pieces of decoded UTF-8 (never a part of a character, never a lone
  // surrogate), end.
  sink.begin_string();
  sink.string_piece(text);
  sink.end_string();
  // The first byte of a number was seen: only its type is known. Then its whole text, as it was spelt.
  sink.begin_number();
  sink.number(text);
  // The first byte of true, false or null was seen, which tells which it will be; then that it is complete.
  sink.begin_literal(literal);
  sink.literal(literal);
};

}  // namespace pointsman::json
