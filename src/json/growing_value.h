// A JSON value while it is being written: changes as they happen, and what is there so far at any time.
//
//   GrowingValue<> value;                             // or GrowingValue<MySink> value(sink), for changes
//   while (read(bytes)) if (!value.feed(bytes)) break;  // value.fault() says where and why
//   value.finish();                                   // whether it is whole
//   value.snapshot();                                 // {"title":"So fa"}
//
// One value, one thread, header only but for growing_text.cc and growing_path.cc. Promises, at every byte: the type of
// a value never changes; numbers, true, false and null appear when they are complete, and numbers keep their text;
// strings only grow, by whole characters, never by half an escape or a lone surrogate; arrays change only at their end,
// objects only at their newest member; a member appears only when its value can. When a name is repeated, the new value
// takes the place of the old one as soon as it appears (the last one wins, as with JSON.parse): only there the promises
// begin anew. Linear time, and memory within the limits.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "json/growing_path.h"
#include "json/growing_text.h"
#include "json/incremental_scanner.h"

namespace pointsman::json {

enum class PatchOp : std::uint8_t {
  kObject,  // an empty object appears at the path
  kArray,   // an empty array
  kString,  // an empty string
  kAppend,  // `text` is appended to the string at the path
  kSet,     // a number, true, false or null appears: `text`, as it was spelt
  kClose,   // the object, array or string at the path is complete
};

struct Patch {
  PatchOp op;
  const GrowingPath& path;  // holds during the call
  std::string_view text;    // UTF-8, decoded; holds during the call
};

template <class T>
concept PatchSink = requires(T sink, const Patch& patch) { sink.patch(patch); };

// For those who only want snapshots.
struct NoPatches {
  void patch(const Patch&) {}
};

// The scanner's sink inside a GrowingValue: keeps the text, follows the path, tells the changes.
template <PatchSink Sink>
class GrowingBuilder {
 public:
  // `value_offset` is where the scanner says the value begun last begins.
  GrowingBuilder(Sink* sink, GrowthLimits limits, const std::uint64_t& value_offset)
      : sink_(sink), text_(limits), value_offset_(value_offset) {}

  const GrowingText& text() const { return text_; }
  const std::optional<ScanFault>& fault() const { return fault_; }
  void reset() {
    text_.reset();
    path_.clear();
    at_member_ = false;
    fault_.reset();
  }

  void begin_object() {
    text_.begin_object();
    begin_container(PatchOp::kObject);
  }
  void begin_array() {
    text_.begin_array();
    begin_container(PatchOp::kArray);
  }
  void end_object() {
    text_.end_object();
    end_container();
  }
  void end_array() {
    text_.end_array();
    end_container();
  }
  void key(std::string_view name) {
    text_.key(name);
    at_member_ = true;
    if (in_limits() && kTellsChanges) path_.member(name);
  }
  void begin_string() {
    text_.begin_string();
    if (arrive()) tell(PatchOp::kString, {});
  }
  void string_piece(std::string_view text) {
    const std::size_t taken = text_.string_piece(text);
    if (taken > 0) tell(PatchOp::kAppend, text.substr(0, taken));
    in_limits();
  }
  void end_string() {
    text_.end_string();
    if (in_limits()) tell(PatchOp::kClose, {});
  }
  void begin_number() {
    text_.begin_number();
    arrive();
  }
  void number(std::string_view text) {
    text_.number(text);
    if (in_limits()) tell(PatchOp::kSet, text);
  }
  void begin_literal(Literal which) {
    text_.begin_literal(which);
    arrive();
  }
  void literal(Literal which) {
    text_.literal(which);
    if (in_limits()) tell(PatchOp::kSet, spelling(which));
  }

 private:
  static constexpr bool kTellsChanges = !std::same_as<Sink, NoPatches>;

  bool in_limits() {
    if (!fault_ && !text_.over_limit().empty()) fault_ = ScanFault{value_offset_, text_.over_limit()};
    return !fault_;
  }
  void tell(PatchOp op, std::string_view text) {
    if constexpr (kTellsChanges) sink_->patch({.op = op, .path = path_, .text = text});
  }
  bool arrive() {  // at a value that was begun
    if (!in_limits()) return false;
    if (kTellsChanges && !at_member_ && path_.depth() > 0) path_.next_element();
    at_member_ = false;
    return true;
  }
  void begin_container(PatchOp op) {
    if (!arrive()) return;
    tell(op, {});
    if (kTellsChanges) path_.enter();
  }
  void end_container() {
    if (!in_limits()) return;
    if (kTellsChanges) path_.leave();
    tell(PatchOp::kClose, {});
  }

  Sink* sink_;
  GrowingText text_;
  GrowingPath path_;
  bool at_member_ = false;  // the next value is the member the path names
  const std::uint64_t& value_offset_;
  std::optional<ScanFault> fault_;
};

template <PatchSink Sink = NoPatches>
class GrowingValue {
 public:
  explicit GrowingValue(GrowthLimits growth = {}, ScanLimits scan = {})
    requires std::same_as<Sink, NoPatches>
      : scanner_(builder_, scan), builder_(nullptr, growth, scanner_.value_offset()) {}
  // Calls `sink`, which must outlive the value.
  explicit GrowingValue(Sink& sink, GrowthLimits growth = {}, ScanLimits scan = {})
      : scanner_(builder_, scan), builder_(&sink, growth, scanner_.value_offset()) {}
  GrowingValue(const GrowingValue&) = delete;
  GrowingValue& operator=(const GrowingValue&) = delete;

  // Takes the next bytes. False: it cannot become a value, or it is over a limit; that stays, and so does the snapshot.
  bool feed(std::string_view bytes) {
    if (fault()) return false;
    scanner_.feed(bytes);
    return !fault();
  }
  // The text is over. Whether it was one whole value.
  bool finish() { return !fault() && scanner_.finish() && !fault(); }
  bool complete() const { return !fault() && scanner_.complete(); }
  // Why feed() said no. Over a limit, the offset is that of the value that did not fit.
  const std::optional<ScanFault>& fault() const { return builder_.fault() ? builder_.fault() : scanner_.fault(); }

  // The value so far as JSON, always a whole text; empty while there is no value.
  void append_snapshot(std::string& out) const { builder_.text().append_snapshot(out); }
  std::string snapshot() const { return builder_.text().snapshot(); }

  // Ready for another value; keeps its buffers.
  void reset() {
    builder_.reset();
    scanner_.reset();
  }

 private:
  IncrementalScanner<GrowingBuilder<Sink>> scanner_;
  GrowingBuilder<Sink> builder_;
};

}  // namespace pointsman::json
