// Splits a stream of bytes into server-sent events, whatever the reads cut it into.
//
// One per stream, on that stream's thread. Follows the event stream format of the HTML standard (section 9.2.6,
// "Interpreting an event stream"): LF, CR and CRLF end lines, a byte order mark may open the stream, comments and
// unknown fields are ignored, several data lines are joined by LF, an event whose blank line never comes is not
// dispatched. Linear time, and at most twice max_event bytes are kept. An event that lies within one read is not
// copied.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace pointsman::llm {

struct SseEvent {
  std::string_view name;  // empty means "message"
  std::string_view data;
  // The event's raw bytes, blank line included, as offsets in the whole stream. Comment blocks before it are not part
  // of it.
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  // Longer than max_event: name and data are empty, the bytes were skipped.
  bool oversize = false;
};

class SseScanner {
 public:
  static constexpr std::size_t kMaxEvent = 1U << 20;

  explicit SseScanner(std::size_t max_event = kMaxEvent) : max_event_(max_event) {}

  // Gives the next bytes of the stream; call next() until it says false before feeding more. `bytes` must stay until
  // then.
  void feed(std::string_view bytes);
  // The next complete event. Its views hold until the following call of next(), feed() or reset().
  bool next(SseEvent& event);

  // Offset in the stream behind the last finished block (event or comments): bytes before it can no longer change
  // meaning.
  std::uint64_t settled() const { return block_begin_; }
  // Whether the block being read is over the limit already: it will be reported as oversize once it ends.
  bool skipping() const { return oversize_; }
  // Ready for another stream; keeps its buffers.
  void reset();

 private:
  bool take_line(std::string_view& line);
  void hold_partial_line();
  void count_line(std::size_t bytes);
  void read_field(std::string_view line);
  void append_data(std::string_view value);
  void store_data();
  bool finish_block(SseEvent& event);

  std::size_t max_event_;
  std::string_view feed_;
  std::size_t at_ = 0;            // into feed_
  std::uint64_t feed_begin_ = 0;  // offset of feed_ in the stream

  // The line being read.
  std::string carry_;         // its beginning, from earlier reads
  bool carry_taken_ = false;  // carry_ was given out as a line and is free again
  bool skip_lf_ = false;      // the last line ended with CR: an LF right behind it belongs to it
  bool first_line_ = true;    // a byte order mark may open it

  // The block being read.
  std::uint64_t block_begin_ = 0;
  std::size_t block_bytes_ = 0;  // its lines without their ends, plus one each
  bool oversize_ = false;
  bool has_data_ = false;
  bool data_stored_ = false;    // the data is in data_store_, else in data_view_
  bool data_in_carry_ = false;  // data_view_ looks into carry_, the only line that came in several reads so far
  bool forget_name_ = false;    // name_store_ belongs to an event already given out
  std::string_view data_view_;
  std::string data_store_;
  std::string name_store_;
};

}  // namespace pointsman::llm
