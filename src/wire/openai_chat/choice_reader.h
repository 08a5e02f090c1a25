// One choice of a stream while it grows: which of its parts are open, and what its tool calls are.
//
// Owned by the reader of the stream (stream_reader.cc), which hands in the pieces of each delta; gives the events of
// the parts in order. Memory: what it says of each call (at most kMaxCalls), and the arguments of a call whose name has
// not come yet.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "llm/answer.h"
#include "wire/loss_set.h"
#include "wire/openai_chat/answer_parts.h"
#include "wire/openai_chat/json_end.h"

namespace pointsman::wire::openai_chat {

class ChoiceReader {
 public:
  static constexpr std::size_t kMaxCalls = 256;
  static constexpr std::size_t kMaxPending = 1U << 20;  // arguments that wait for a name

  explicit ChoiceReader(std::uint32_t choice) : choice_(choice) {}

  void take(const DeltaPieces& pieces, llm::StreamSink& sink, LossSet& losses);
  // The choice said why it ended; the last word counts.
  void set_stop(StopText stop);

  bool empty() const { return parts_ == 0; }
  // Whether the stream spoke of it at all: of numbers left out there is nothing to wait for.
  bool seen() const { return seen_; }
  void see() { seen_ = true; }
  bool finished() const { return finished_; }
  // Closes what is open and gives kStop, once.
  void stop(llm::StreamSink& sink);

 private:
  struct Call {
    std::optional<std::int64_t> index;
    std::string id;
    std::string name;
    std::string pending;
    std::uint32_t part = 0;
    bool custom = false;
    bool begun = false;
    bool closed = false;
    JsonEnd arguments;
  };

  void think(const ReasoningPiece& piece, llm::StreamSink& sink, LossSet& losses);
  void sign(const llm::Part& part, llm::StreamSink& sink);
  void say(llm::PartKind kind, std::string_view text, llm::StreamSink& sink);
  void call(const ToolCallPiece& piece, llm::StreamSink& sink, LossSet& losses);
  Call* find_call(const ToolCallPiece& piece);
  void begin_call(Call& call, llm::StreamSink& sink);
  void begin(llm::PartKind kind, const llm::Part& what, llm::StreamSink& sink);
  void close_open(llm::StreamSink& sink);
  void close_calls(llm::StreamSink& sink, bool all);
  llm::StreamEvent event(llm::StreamEventKind kind, std::uint32_t part, llm::PartKind part_kind) const;

  std::uint32_t choice_;
  std::uint32_t parts_ = 0;
  // The open part that is not a call.
  std::optional<llm::PartKind> open_;
  std::uint32_t open_part_ = 0;
  bool open_summary_ = false;
  std::int64_t open_block_ = -1;
  std::vector<Call> calls_;
  bool seen_ = false;
  bool refused_ = false;
  bool finished_ = false;
  bool stopped_ = false;
  StopText stop_;
};

}  // namespace pointsman::wire::openai_chat
