// Watch an answer go by, a stream or a whole body: what it used, how it ended, who it says it is. Every byte passes.
//
// One per relayed answer, on its thread; reused. Cheap by design: of a stream only the events that can matter are
// parsed, and nothing behind message_stop. Memory: at most one event (1 MiB).
#pragma once

#include <span>
#include <string_view>

#include "json/document.h"
#include "llm/observed.h"
#include "llm/sse.h"
#include "wire/anthropic_messages/usage.h"
#include "wire/member_meter.h"

namespace pointsman::wire::anthropic_messages {

class StreamMeter final : public llm::Meter {
 public:
  // `document` is the thread's; it must outlive the meter.
  explicit StreamMeter(json::Document& document) : document_(document) {}

  void reset() override;
  std::span<const std::string_view> feed(std::string_view bytes) override;
  std::span<const std::string_view> finish() override { return {}; }
  const llm::Observed& observed() const override { return observed_; }

 private:
  void inspect(const llm::SseEvent& event);
  void read_payload(json::Cursor& cursor, const llm::SseEvent& event);
  void read_message(json::Cursor& cursor);

  json::Document& document_;
  llm::SseScanner scanner_;
  llm::Observed observed_;
  UsageReport usage_;
  std::string_view fed_;
};

class BodyMeter final : public MemberMeter {
 public:
  // `document` is the thread's; it must outlive the meter.
  explicit BodyMeter(json::Document& document);

  void reset() override;

 private:
  void take_text(std::size_t index, const json::RawString& text) override;
  void take_value(std::size_t index, json::Cursor& value) override;
  void take_cut(std::size_t index) override;

  UsageReport usage_;
};

}  // namespace pointsman::wire::anthropic_messages
