// The changes of a growing value as short texts that a reader applies one after another: see patch_stream.h for the
// form.
//
// A ScanSink: give it to an IncrementalScanner, alone or beside others. One value, one thread. Collects what has become
// visible since the last take() as JSON fragments, so that a stretch of a document costs about its own length; what is
// kept is that stretch, the names around it and one bit for each open container.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "json/max_depth.h"
#include "json/scan_sink.h"

namespace pointsman::json {

class PatchOps {
 public:
  void begin_object() { begin_container(true); }
  void end_object() { end_container(); }
  void begin_array() { begin_container(false); }
  void end_array() { end_container(); }
  void key(std::string_view name) { name_ = name; }
  void begin_string();
  void string_piece(std::string_view text);
  void end_string();
  void begin_number() {}
  void number(std::string_view text);
  void begin_literal(Literal) {}
  void literal(Literal which);

  // Whether anything has become visible since the last take(): a value, or more of a string. The end of one has not.
  bool visible() const { return visible_; }
  // Bytes that take() would write at least, in constant time, and exactly.
  std::size_t least_size() const { return ops_.size(); }
  std::size_t size() const;
  // Appends all that is visible as ops, each with a comma before it.
  void take(std::string& out) { take(out, true); }
  // The same when nothing will follow: nothing is left open, which saves the names of what would be.
  void take_last(std::string& out) { take(out, false); }
  // Ready for another value; keeps its buffers.
  void reset();

 private:
  enum class OpenString : std::uint8_t {
    kNone,
    kInOp,   // begun since the last take()
    kAtTip,  // begun before it: the reader has it open
  };
  // A value begun since the last take() and still open: as a member, where its name lies in ops_.
  struct Opened {
    bool is_member = false;
    std::size_t name_begin = 0;
    std::size_t name_end = 0;
  };

  Opened begin_value();
  void begin_container(bool object);
  void end_container();
  void take(std::string& out, bool goes_on);
  void close_op(std::string& out) const;
  bool is_object(int depth) const {  // the container around values at `depth`
    if (depth == 0) return false;
    const auto level = static_cast<unsigned>(depth - 1);
    return (objects_[level / 64] >> (level % 64) & 1U) != 0;
  }

  std::string ops_;
  std::string name_;  // of the next member
  int depth_ = 0;     // open containers
  std::array<std::uint64_t, kMaxDepth / 64> objects_{};
  int op_depth_ = kNoOp;  // containers open around the values of the op being written
  bool first_ = true;     // nothing in the innermost container of that op yet
  int closes_ = 0;        // levels the reader has open that were closed behind the last op
  OpenString string_ = OpenString::kNone;
  bool appending_ = false;  // the last op is an open piece of the string at the tip
  bool visible_ = false;
  std::vector<Opened> opened_;

  static constexpr int kNoOp = -1;
};

}  // namespace pointsman::json
