// What a ChatFlow does about models that count tokens in their own way: measures the prompt, predicts what each model
// makes of it, and tells what upstreams reported.
#include <array>

#include "gateway/chat_flow.h"
#include "llm/capability.h"

namespace pointsman::gateway {
namespace {

using llm::Capability;
using tokens::Doubt;

// Pictures, files and sounds are paid by rules of their own, earlier thoughts may be left out, and what the provider
// keeps was not measured: of such prompts a report says nothing about texts.
bool is_text(const tokens::Doubts& doubts) {
  constexpr std::array kOthers = {Doubt::kTokenizer, Doubt::kImages,    Doubt::kFiles,
                                  Doubt::kAudio,     Doubt::kReasoning, Doubt::kElsewhere};
  for (const Doubt one : kOthers) {
    if (doubts.has(one)) return false;
  }
  return true;
}

bool is_text(const llm::ChatRequest& request) {
  const llm::CapabilitySet& needed = request.needs.capabilities;
  return !request.prompt_elsewhere && !needed.has(Capability::kVision) && !needed.has(Capability::kAudioInput) &&
         !needed.has(Capability::kFileInput);
}

}  // namespace

void ChatFlow::count_prompt() {
  llm::ChatRequest& request = state_->request;
  const tokens::PromptCount counted = worker_.prompts_.count(request);
  request.needs.input_tokens = counted.tokens;
  const bool estimated = counted.doubts.has(Doubt::kTokenizer);
  counted_ = estimated ? "estimate" : "o200k_base";
  measured_ = {.measure = tokens::Measure::kO200k,
               .amount = estimated ? 0 : counted.tokens,
               .tokens = counted.tokens,
               .teaches = is_text(counted.doubts)};
}

void ChatFlow::predict_sizes() {
  const llm::ChatRequest& request = state_->request;
  if (counted_.empty()) {
    const bool text = is_text(request);
    measured_ = {.measure = tokens::Measure::kBytes,
                 .amount = text ? static_cast<std::int64_t>(request.body.size()) : 0,
                 .tokens = request.needs.input_tokens,
                 .teaches = text};
  }
  generation_->sizes.predict(worker_.calibrations_, measured_, state_->decision.prompts);
}

// Of answers that a model made of the prompt as it was measured. One in another protocol counts where nothing was lost
// on the way there: the texts are the same then.
void ChatFlow::note_reported() {
  UsageFeed* const feed = worker_.parts_.usage;
  const ledger::Entry& entry = state_->entry;
  if (feed == nullptr || !measured_.teaches || measured_.amount <= 0 || !entry.bill.replayed.empty()) return;
  const auto note = [&](int model, const llm::Usage& usage) {
    const auto index = static_cast<route::ModelIndex>(model);
    if (model < 0 || !usage.input_tokens || !generation_->sizes.learns_of(index, measured_.measure)) return;
    feed->note({.identity = snapshot_->market.identity(index),
                .measure = measured_.measure,
                .measured = measured_.amount,
                .reported = *usage.input_tokens});
  };
  const bool as_sent = spoken_ == protocol_ || entry.passage.losses.empty();
  if (relay_ != nullptr && upstream_status_ < 300 && as_sent) note(model_, entry.usage);
  if (entry.fitting.done == "trimmed") return;  // a call made early had the longer prompt
  for (std::size_t i = 0; i < entry.attempts.size(); ++i) {
    const ledger::Attempt& one = entry.attempts[i];
    const int model = one.judged.discarded && one.status < 300 ? snapshot_->find_model(one.model) : -1;
    if (model < 0 || (relay_ != nullptr && i == attempt_)) continue;
    const auto provider = static_cast<std::size_t>(snapshot_->provider_of_model[static_cast<std::size_t>(model)]);
    if (spoken_with(snapshot_->providers[provider], protocol_) == protocol_) note(model, one.judged.usage);
  }
}

}  // namespace pointsman::gateway
