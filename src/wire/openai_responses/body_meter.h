// Reads usage and how it ended from a whole (not streamed) response while its pieces go by, without keeping it.
// One per relayed answer, on its thread; reused. Bounds as in member_meter.h.
#pragma once

#include "wire/member_meter.h"

namespace pointsman::wire::openai_responses {

class BodyMeter final : public MemberMeter {
 public:
  // `document` is the thread's; it must outlive the meter.
  explicit BodyMeter(json::Document& document);

 private:
  void take_text(std::size_t index, const json::RawString& text) override;
  void take_value(std::size_t index, json::Cursor& value) override;
  void take_cut(std::size_t index) override;
};

}  // namespace pointsman::wire::openai_responses
