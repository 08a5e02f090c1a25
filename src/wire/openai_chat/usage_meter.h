// Watches a stream go by: what it used, how it ended, and which bytes the client must not see.
//
// One per relayed stream, on its thread; reused. Cheap by design: a chunk is parsed only if a search for the few member
// names that matter finds one with a value. Memory: at most one event (1 MiB) in each of two buffers.
//
// Some servers report in every chunk what was used so far. Such a report counts when the stream has ended well; of one
// that breaks off nobody knows what it will be billed for.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "json/document.h"
#include "llm/sse.h"
#include "wire/openai_chat/answer.h"

namespace pointsman::wire::openai_chat {

enum class UsageReport : std::uint8_t {
  kUntouched,  // the client gets every byte as it comes
  kHidden,     // forward_body() asked for usage: the event that carries it, and no choices, is ours alone
};

class StreamMeter final : public llm::Meter {
 public:
  // `document` is the thread's; it must outlive the meter.
  explicit StreamMeter(json::Document& document) : document_(document) {}

  void reset() override { reset(UsageReport::kUntouched); }
  void reset(UsageReport report);

  // Takes the next bytes of the body and gives what may go to the client now: all of them when nothing is hidden, else
  // all but the event that is not complete yet. Valid until the next call and as long as `bytes`.
  std::span<const std::string_view> feed(std::string_view bytes) override;
  // The stream ended: what was held back, an event cut short, goes out as it came.
  std::span<const std::string_view> finish() override;

  const Observed& observed() const override { return observed_; }

 private:
  bool inspect(const llm::SseEvent& event);
  ChunkShape read_chunk(std::string_view data);
  void take_so_far();
  void release(std::uint64_t until);
  void hold(std::string_view bytes);

  json::Document& document_;
  llm::SseScanner scanner_;
  Observed observed_;
  UsageReport report_ = UsageReport::kUntouched;
  int unnamed_events_ = 0;            // parsed in search of id and model
  std::optional<llm::Usage> so_far_;  // told beside content, behind what observed_ has

  // Bytes [held_begin_, feed_begin_) of the stream were held back before this feed; those before settled_ are dealt
  // with.
  std::string held_;
  std::string held_before_;
  std::uint64_t held_begin_ = 0;
  std::uint64_t feed_begin_ = 0;
  std::uint64_t settled_ = 0;
  std::string_view feed_;
  std::vector<std::string_view> visible_;
};

}  // namespace pointsman::wire::openai_chat
