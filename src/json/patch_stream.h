// Growing values as server-sent events: what a client applies to see an answer take shape, at most about twice the
// answer's own size on the wire. One PatchStream for each value, one thread; memory is bounded by what an event holds.
//
// A stream of events can carry several values (the answers of several choices, the arguments of several tool calls),
// told apart by a small number. The data of each event is one JSON text, of three kinds:
//
//   {"open":0,"choice":0,"tool":{"index":1,"id":"call_7","name":"f"}}  announces value 0; "tool" only for a tool call
//   [0, op, ...]                                                       changes value 0 by ops, in order
//   {"end":0,"verdict":"invalid","offset":12,"what":"...","schema":..} value 0 is over: complete, incomplete or
//   invalid;
//                                                                      "schema", if one was used, holds its verdict
//
// Ops are relative to a cursor, so that no path is ever repeated. It begins in an array of its own, whose only element
// will be the value. Where the cursor is in a string, a string is appended to it. Where it is in a container:
//   [...]  appends these elements to the array       {...}  sets these members of the object (a repeated name:
//   replaces) "k"    moves into the member k                   n > 0  moves into the last element, n times over
// and anywhere, n < 0 moves out of -n levels, which are then complete; a string is a level, too.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "json/incremental_scanner.h"
#include "json/patch_ops.h"

namespace pointsman::json {

// What stands around the data of an event; literals.
struct PatchEnvelope {
  std::string_view head = "event: pointsman.partial\ndata: ";
  std::string_view tail = "\n\n";
};

// Whose value it is.
struct PatchTarget {
  struct Tool {
    unsigned index = 0;
    std::string_view id;
    std::string_view name;
  };
  unsigned choice = 0;
  std::optional<Tool> tool;
};

// How a value ended.
struct PatchVerdict {
  bool complete = false;
  std::optional<ScanFault> fault;  // then it is invalid; without, and not complete, it is incomplete
  std::string_view schema;         // what a schema says of it, as JSON; empty if there is none
};

// Writes the events of one value. Give sink() to the scanner, and tell fed() what the scanner was fed.
//
// When an event is written: after each fed() that made something visible, with all that is visible. Only if that would
// take the events of the value, this one included, beyond kFree + 1.9 bytes for each byte fed, it waits and joins the
// next one. So the events of n bytes take at most 1.9 n + kFree + kLast bytes in all, beside the tool's name and the
// schema's verdict: less than 2 n from 32 KiB on. With the envelope above, an event goes out about every 45 bytes once
// kFree is used up.
class PatchStream {
 public:
  static constexpr std::size_t kFree = 2048;
  // The last changes that no event has told, beyond their own length, and the end.
  static constexpr std::size_t kLast = 1216;

  explicit PatchStream(unsigned id, PatchEnvelope envelope = {}) : id_(std::to_string(id)), envelope_(envelope) {}

  PatchOps& sink() { return ops_; }
  // Each appends whole events to `out`. open() first; nothing behind close().
  void open(const PatchTarget& target, std::string& out);
  void fed(std::size_t bytes, std::string& out);
  void close(const PatchVerdict& verdict, std::string& out);

  std::uint64_t bytes_fed() const { return fed_; }
  std::uint64_t bytes_written() const { return written_; }

 private:
  void begin_event(std::string& out);
  void end_event(std::string& out);

  std::string id_;
  PatchEnvelope envelope_;
  PatchOps ops_;
  std::uint64_t fed_ = 0;
  std::uint64_t written_ = 0;
  std::size_t event_begin_ = 0;
};

// A PatchStream with a scanner of its own: text in, events out.
class PatchedText {
 public:
  explicit PatchedText(unsigned id, PatchEnvelope envelope = {}, ScanLimits limits = {})
      : stream_(id, envelope), scanner_(stream_.sink(), limits) {}
  PatchedText(const PatchedText&) = delete;
  PatchedText& operator=(const PatchedText&) = delete;

  void open(const PatchTarget& target, std::string& out) { stream_.open(target, out); }
  // False: the text cannot become JSON; that stays.
  bool feed(std::string_view bytes, std::string& out);
  void finish(std::string_view schema_verdict, std::string& out);
  const std::optional<ScanFault>& fault() const { return scanner_.fault(); }

 private:
  PatchStream stream_;
  IncrementalScanner<PatchOps> scanner_;
};

}  // namespace pointsman::json
