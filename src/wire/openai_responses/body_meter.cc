#include "wire/openai_responses/body_meter.h"

#include "wire/answer_names.h"
#include "wire/openai_responses/facts.h"

namespace pointsman::wire::openai_responses {
namespace {

enum Index : std::size_t { kUsage, kError, kId, kModel, kStatus, kIncompleteDetails, kServiceTier };
constexpr MemberMeter::Member kTable[] = {
    {"usage"}, {"error"}, {"id"}, {"model"}, {"status"}, {"incomplete_details"}, {"service_tier"}};

}  // namespace

BodyMeter::BodyMeter(json::Document& document) : MemberMeter(kTable, document) {}

void BodyMeter::take_text(std::size_t index, const json::RawString& text) {
  if (index == kError) observed_.error = true;
  if (index == kId) set_name(text, observed_.id);
  if (index == kServiceTier) observed_.usage.tier = llm::service_tier_from(text.raw);
  if (index == kModel) set_name(text, observed_.model);
  if (index == kStatus && observed_.finish_reasons.empty()) add_finish_reason(text, observed_);
}

void BodyMeter::take_value(std::size_t index, json::Cursor& value) {
  json::RawString reason;
  if (index == kUsage && value.peek() == '{') return read_usage(value, observed_.usage);
  if (index == kIncompleteDetails) {
    if (!read_reason(value, reason)) return;
    observed_.finish_reasons.clear();  // the status says less
    return add_finish_reason(reason, observed_);
  }
  observed_.error = observed_.error || (index == kError && value.peek() != 'n');
  value.skip();
}

void BodyMeter::take_cut(std::size_t index) {
  observed_.error = observed_.error || index == kError;
}

}  // namespace pointsman::wire::openai_responses
