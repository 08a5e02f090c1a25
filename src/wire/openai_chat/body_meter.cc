#include "wire/openai_chat/body_meter.h"

#include "wire/answer_names.h"

namespace pointsman::wire::openai_chat {
namespace {

enum Index : std::size_t { kUsage, kError, kId, kModel, kFinishReason, kServiceTier };
constexpr MemberMeter::Member kTable[] = {{"usage"},       {"error"}, {"id"}, {"model"}, {"finish_reason", "choices"},
                                          {"service_tier"}};

}  // namespace

BodyMeter::BodyMeter(json::Document& document) : MemberMeter(kTable, document) {}

void BodyMeter::take_text(std::size_t index, const json::RawString& text) {
  if (index == kError) observed_.error = true;
  if (index == kId) set_name(text, observed_.id);
  if (index == kModel) set_name(text, observed_.model);
  if (index == kFinishReason) add_finish_reason(text, observed_);
  if (index == kServiceTier) observed_.usage.tier = llm::service_tier_from(text.raw);
}

void BodyMeter::take_value(std::size_t index, json::Cursor& value) {
  if (index == kUsage && value.peek() == '{') return read_usage(value, observed_.usage);
  observed_.error = observed_.error || (index == kError && value.peek() != 'n');
  value.skip();
}

void BodyMeter::take_cut(std::size_t index) {
  observed_.error = observed_.error || index == kError;
}

}  // namespace pointsman::wire::openai_chat
