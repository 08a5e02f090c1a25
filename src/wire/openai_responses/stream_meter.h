// Watches a stream of response events go by: what it used, how it ended. Nothing is hidden from the client.
//
// One per relayed stream, on its thread; reused. Only the first event and those that end a stream are parsed where
// events have names, as this protocol gives them. Memory: at most twice kMaxEvent, and only while one such event is in
// pieces; the last event of a stream repeats the whole answer and the tools, so the bound is wide.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "json/document.h"
#include "llm/observed.h"
#include "llm/sse.h"

namespace pointsman::wire::openai_responses {

class StreamMeter final : public llm::Meter {
 public:
  static constexpr std::size_t kMaxEvent = 8U << 20;

  // `document` is the thread's; it must outlive the meter.
  explicit StreamMeter(json::Document& document) : document_(document), scanner_(kMaxEvent) {}

  void reset() override;
  std::span<const std::string_view> feed(std::string_view bytes) override;
  std::span<const std::string_view> finish() override { return {}; }
  // done: response.completed, .incomplete or .failed went by.
  const llm::Observed& observed() const override { return observed_; }

 private:
  void inspect(const llm::SseEvent& event);
  void read(std::string_view data, bool last);

  json::Document& document_;
  llm::SseScanner scanner_;
  llm::Observed observed_;
  std::string_view fed_;
};

}  // namespace pointsman::wire::openai_responses
