// The JSON text of a value that is still being written: what is known of it so far, always a whole text.
//
// A ScanSink: give it to an IncrementalScanner. Owned by one thread. Keeps the value as compact JSON, about as long as
// what was read, and nothing else; steps append to one string. Past its limits it stops growing and says so.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "json/max_depth.h"
#include "json/scan_sink.h"

namespace pointsman::json {

// What may be kept of one growing value.
struct GrowthLimits {
  std::size_t bytes = 16U << 20;  // of compact JSON
  std::size_t nodes = 1U << 20;   // objects, arrays, strings, numbers and literals
};

class GrowingText {
 public:
  explicit GrowingText(GrowthLimits limits = {}) : limits_(limits) {}

  void begin_object() { open('{', true); }
  void end_object() { close('}'); }
  void begin_array() { open('[', false); }
  void end_array() { close(']'); }
  void key(std::string_view name);
  void begin_string();
  // Bytes of `text` there was room for.
  std::size_t string_piece(std::string_view text);
  void end_string();
  void begin_number() { begin_value(); }
  void number(std::string_view text);
  void begin_literal(Literal) { begin_value(); }
  void literal(Literal which);

  // Appends the value so far as JSON; nothing while there is none. An open string is closed where it stands, and so are
  // the containers around it; a number, true, false or null that is not complete is left out, with its name. Of members
  // with the same name the last one is there, in the place of the first. A sort of the names, else linear.
  void append_snapshot(std::string& out) const;
  std::string snapshot() const {
    std::string out;
    append_snapshot(out);
    return out;
  }

  // Why growing stopped; empty while it did not. A literal.
  std::string_view over_limit() const { return over_limit_; }
  bool empty() const { return shown_ == 0; }
  // Forgets the value; keeps the buffer.
  void reset();

 private:
  void open(char bracket, bool object);
  void close(char bracket);
  // Each says whether there was room; without it nothing changes any more.
  bool begin_value();
  bool add(std::string_view text);
  std::size_t add_escaped(std::string_view text);  // how much of it
  bool is_object(int level) const {
    return (objects_[static_cast<std::size_t>(level) / 64] >> (static_cast<unsigned>(level) % 64) & 1U) != 0;
  }

  GrowthLimits limits_;
  std::string text_;       // what was read, open at the end
  std::size_t shown_ = 0;  // beginning of text_ that a snapshot shows
  std::size_t nodes_ = 0;
  int depth_ = 0;
  std::array<std::uint64_t, kMaxDepth / 64> objects_{};  // bit d: the container at depth d is an object
  bool first_ = true;                                    // nothing in the innermost container yet
  bool after_key_ = false;
  bool in_string_ = false;
  std::string_view over_limit_;
};

}  // namespace pointsman::json
