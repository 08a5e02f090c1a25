// Reads one JSON text byte by byte, as it comes: what a stream of answers needs that is looked at before it ends.
//
// A value on the stack of whoever owns the stream, one thread, header only. Any split of the bytes gives the same calls
// but for where string pieces are cut. Strict: RFC 8259 and well-formed UTF-8 (RFC 3629), nested at most kMaxDepth
// deep; faults have the place and the words that find_fault() gives them. Linear time; steps allocate nothing once the
// buffers of the longest name and number have grown. Held back until it is whole: a name, a number, an escape, a
// character, and a high surrogate until its low one is here. A surrogate escape without partner is no fault (JSON.parse
// takes it too); it becomes U+FFFD, as everywhere in this module.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "json/characters.h"
#include "json/max_depth.h"
#include "json/scan_sink.h"
#include "json/scan_table.h"

namespace pointsman::json {

// What may be kept of a text that is still being read.
struct ScanLimits {
  std::size_t name_bytes = 64U << 10;   // of a member's name, decoded
  std::size_t number_bytes = 4U << 10;  // of a number as it is spelt
};

// Where a text stopped being JSON; `what` is a literal.
struct ScanFault {
  std::uint64_t offset = 0;
  std::string_view what;
  bool operator==(const ScanFault&) const = default;
};

template <ScanSink Sink>
class IncrementalScanner {
 public:
  // Calls `sink`, which must outlive the scanner.
  explicit IncrementalScanner(Sink& sink, ScanLimits limits = {}) : sink_(sink), limits_(limits) {}

  // Takes the next bytes. False: the text cannot become JSON, see fault(); that stays.
  bool feed(std::string_view bytes);
  // The text is over: completes a number that stands alone. Whether one whole value was read.
  bool finish();

  // Whether one whole value was read so far. A number that stands alone is whole when white space or finish() ends it.
  bool complete() const { return state_ == State::kDone; }
  bool failed() const { return state_ == State::kFault; }
  const std::optional<ScanFault>& fault() const { return fault_; }
  // Bytes taken; after a fault, those before the call of feed() that found it.
  std::uint64_t offset() const { return fed_; }
  // Where the value begun last begins: for a sink that has something to say against it. Up to date during its calls.
  const std::uint64_t& value_offset() const { return value_offset_; }
  int depth() const { return depth_; }
  // Ready for another text; keeps its buffers.
  void reset();

 private:
  enum class State : std::uint8_t {
    kValue,
    kFirstElement,
    kElement,  // behind a comma
    kFirstName,
    kName,  // behind a comma
    kColon,
    kAfter,
    kString,
    kEscape,
    kHex,
    kCharacter,  // inside a character of several bytes
    kNumber,
    kLiteral,
    kDone,
    kFault,
  };

  const char* step(const char* p);
  const char* value(const char* p);
  const char* first_element(const char* p);
  const char* name(const char* p);
  const char* after(const char* p);
  const char* open(const char* p, bool object);
  const char* close(const char* p);
  const char* string(const char* p);
  const char* character(const char* p);
  const char* end_string(const char* p);
  const char* escape(const char* p);
  const char* hex(const char* p);
  const char* number(const char* p);
  const char* literal(const char* p);
  void begin_literal(Literal which);

  void announce() {  // right before a value's first call
    if (name_pending_) sink_.key(name_);
    name_pending_ = false;
  }
  void behind_value() { state_ = depth_ == 0 ? State::kDone : State::kAfter; }
  void emit(const char* begin, const char* end);
  void emit_code(std::uint32_t code);
  void emit_lone_surrogate() {
    if (high_ != 0) emit_code(kReplacement);
    high_ = 0;
  }
  bool keep_number(const char* begin, const char* end);

  bool in_object() const { return (objects_[word(depth_ - 1)] >> bit(depth_ - 1) & 1U) != 0; }
  static std::size_t word(int level) { return static_cast<std::size_t>(level) / 64; }
  static unsigned bit(int level) { return static_cast<unsigned>(level) % 64; }

  std::uint64_t offset_of(const char* p) const { return fed_ + static_cast<std::uint64_t>(p - begin_); }
  const char* fail(const char* p, std::string_view what) { return fail_at(offset_of(p), what); }
  const char* fail_at(std::uint64_t offset, std::string_view what) {
    if (state_ != State::kFault) fault_ = ScanFault{offset, what};
    state_ = State::kFault;
    return end_;
  }

  Sink& sink_;
  ScanLimits limits_;
  const char* begin_ = nullptr;  // of the bytes being fed
  const char* end_ = nullptr;
  std::uint64_t fed_ = 0;  // offset of begin_

  State state_ = State::kValue;
  bool name_pending_ = false;  // name_ is whole and was not given out yet
  bool in_name_ = false;       // the string being read is a name
  int depth_ = 0;
  std::array<std::uint64_t, kMaxDepth / 64> objects_{};  // bit d: the container at depth d is an object
  std::uint64_t value_offset_ = 0;

  std::string name_;
  std::uint64_t name_offset_ = 0;
  std::string number_;  // its beginning, from earlier calls
  NumberPart number_part_ = NumberPart::kMinus;
  Literal literal_ = Literal::kNull;
  std::uint8_t matched_ = 0;  // bytes of the literal, of the escape's digits or of the character
  std::array<char, 4> character_{};
  std::uint32_t unit_ = 0;  // the digits of a \u escape so far
  std::uint32_t high_ = 0;  // a high surrogate that waits for its low one
  std::uint64_t escape_offset_ = 0;
  std::optional<ScanFault> fault_;
};

}  // namespace pointsman::json

#include "json/incremental_scanner.inl.h"
