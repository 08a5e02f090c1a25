#include "cli/invoice.h"

#include <fmt/format.h>

#include "cli/text_format.h"
#include "ledger/total_cost.h"
#include "route/cost.h"

namespace pointsman::cli {
namespace {

using ledger::Entry;
using Lines = std::vector<InvoiceLine>;

void add_part(std::string what, const route::CostPart& part, Lines& lines) {
  if (part.tokens == 0) return;
  lines.push_back({.item = std::move(what), .tokens = part.tokens, .price = part.price, .amount = part.amount});
}

void add_amount(std::string what, const std::optional<base::Money>& amount, Lines& lines) {
  lines.push_back({.item = std::move(what), .tokens = {}, .price = {}, .amount = amount});
}

// The cost of the released answer, if the prices of that time explain it.
std::optional<route::Cost> priced(const Entry& entry, const ledger::CostParts& paid, const Replay* replayed) {
  if (replayed == nullptr || !paid.answer) return std::nullopt;
  const auto model = replayed->market.find(entry.model);
  if (!model) return std::nullopt;
  auto cost = route::cost_of(entry.usage, replayed->market.model(*model).prices);
  if (!cost || cost->total() != *paid.answer) return std::nullopt;
  return cost;
}

void add_answer(const Entry& entry, const ledger::CostParts& paid, const Replay* replayed, Lines& lines) {
  if (!entry.bill.replayed.empty()) return add_amount("answer, given again", paid.answer, lines);
  const auto cost = priced(entry, paid, replayed);
  if (!cost) return add_amount("answer", paid.answer, lines);
  std::string tier = cost->tier > 0 ? fmt::format(" (price above {} tokens)", cost->tier) : "";
  if (cost->service != llm::ServiceTier::kStandard) {
    tier += fmt::format(" ({}: {} of the price list)", llm::to_string(cost->service), percent(cost->share));
  }
  add_part("prompt" + tier, cost->input, lines);
  add_part("prompt, read from the cache", cost->cached_input, lines);
  add_part("prompt, written to the cache", cost->cache_write, lines);
  add_part("prompt, written for an hour", cost->long_cache_write, lines);
  add_part("answer", cost->output, lines);
  add_part("reasoning", cost->reasoning, lines);
}

void add_others(const Entry& entry, const ledger::CostParts& paid, Lines& lines) {
  for (const ledger::Attempt& one : entry.attempts) {
    if (!one.judged.discarded) continue;
    add_amount("answer of " + printable(one.model, 40) + ", not released", one.judged.cost, lines);
  }
  if (!entry.consultation.model.empty()) {
    add_amount("classification by " + printable(entry.consultation.model, 40), paid.classification, lines);
  }
  if (!entry.fitting.summary_model.empty()) {
    add_amount("summary by " + printable(entry.fitting.summary_model, 40), paid.summary, lines);
  }
}

}  // namespace

std::vector<InvoiceLine> invoice_of(const Entry& entry, const Replay* replayed) {
  const ledger::CostParts paid = ledger::cost_parts(entry);
  Lines lines;
  add_answer(entry, paid, replayed, lines);
  add_others(entry, paid, lines);
  return lines;
}

}  // namespace pointsman::cli
