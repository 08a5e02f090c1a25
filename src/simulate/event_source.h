// A completion as the events of a stream, one at a time: `data: {...}` and an empty line each, `data: [DONE]` last.
//
// Pure and pull-driven, so that whoever sends them decides when. Holds a reference to the completion.
#pragma once

#include <cstdint>
#include <string>

#include "simulate/completion.h"

namespace pointsman::simulate {

struct StreamShape {
  std::uint32_t tokens_per_chunk = 1;
  std::uint32_t chunk_bytes = 0;  // of content per chunk, instead of tokens; 0: by tokens
  bool include_usage = false;
  bool with_done = true;
  UsageStyle usage = UsageStyle::kAsAsked;
};

class EventSource {
 public:
  EventSource(const Completion& completion, const StreamShape& shape);

  // Replaces `out` by the next event; false when there is none.
  bool next(std::string& out);
  // Whether the event made last carries tokens, so that a pause of the pace belongs before the next.
  bool paced() const { return paced_; }
  // Completion tokens in the events made so far.
  std::uint64_t tokens() const { return tokens_; }

 private:
  enum class State : std::uint8_t { kRole, kContent, kFinish, kUsage, kDone, kOver };

  void begin(std::string& out) const;
  void begin_choice(std::string& out) const;
  void end(std::string& out, bool usage) const;
  void next_role(std::string& out);
  void next_content(std::string& out);
  void next_text(std::string& out);
  void next_call(std::string& out);
  void next_finish(std::string& out);
  void to_content_or_finish();

  const Completion& completion_;
  StreamShape shape_;
  std::string lead_;
  State state_ = State::kRole;
  std::size_t choice_ = 0;
  std::size_t token_ = 0;  // of the choice
  std::size_t byte_ = 0;   // of the choice's text, or of the call's arguments
  std::size_t call_ = 0;   // of the choice
  bool call_begun_ = false;
  bool paced_ = false;
  std::uint64_t tokens_ = 0;
};

}  // namespace pointsman::simulate
