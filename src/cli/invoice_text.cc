#include "cli/invoice_text.h"

#include "cli/table.h"
#include "cli/text_format.h"
#include "config/units.h"
#include "ledger/total_cost.h"
#include "route/cost.h"

namespace pointsman::cli {
namespace {

using base::Money;
using ledger::Entry;

Table make_table() {
  using enum Table::Align;
  return Table({{"item"}, {"tokens", kRight}, {"per 1M", kRight}, {"amount", kRight}}, 2);
}

void add_part(std::string_view what, const route::CostPart& part, Table& table) {
  if (part.tokens == 0) return;
  table.add(
      {std::string(what), std::to_string(part.tokens), "$" + config::format_price(part.price), dollars(part.amount)});
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

void add_answer(const Entry& entry, const ledger::CostParts& paid, const Replay* replayed, Table& table) {
  if (!entry.bill.replayed.empty()) {
    table.add({"answer, given again", "", "", dollars(paid.answer)});
    return;
  }
  const auto cost = priced(entry, paid, replayed);
  if (!cost) {
    table.add({"answer", "", "", dollars(paid.answer)});
    return;
  }
  std::string tier = cost->tier > 0 ? fmt::format(" (price above {} tokens)", cost->tier) : "";
  if (cost->service != llm::ServiceTier::kStandard) {
    tier += fmt::format(" ({}: {} of the price list)", llm::to_string(cost->service), percent(cost->share));
  }
  add_part("prompt" + tier, cost->input, table);
  add_part("prompt, read from the cache", cost->cached_input, table);
  add_part("prompt, written to the cache", cost->cache_write, table);
  add_part("prompt, written for an hour", cost->long_cache_write, table);
  add_part("answer", cost->output, table);
  add_part("reasoning", cost->reasoning, table);
}

void add_others(const Entry& entry, const ledger::CostParts& paid, Table& table) {
  for (const ledger::Attempt& one : entry.attempts) {
    if (!one.judged.discarded) continue;
    table.add({"answer of " + printable(one.model, 40) + ", not released", "", "", dollars(one.judged.cost)});
  }
  if (!entry.consultation.model.empty()) {
    table.add({"classification by " + printable(entry.consultation.model, 40), "", "", dollars(paid.classification)});
  }
  if (!entry.fitting.summary_model.empty()) {
    table.add({"summary by " + printable(entry.fitting.summary_model, 40), "", "", dollars(paid.summary)});
  }
}

std::string saved_text(const Money& cost, const Money& baseline) {
  const Money saved = baseline - cost;
  const std::string share =
      baseline.nanos > 0 ? ", " + percent(std::abs(saved.dollars() / baseline.dollars())) : std::string();
  return fmt::format("{}{}{}", dollars(Money{std::abs(saved.nanos)}), share, saved.nanos < 0 ? " more" : " saved");
}

}  // namespace

void print_invoice(const Entry& entry, const Replay* replayed, Output& out) {
  const ledger::CostParts paid = ledger::cost_parts(entry);
  const auto total = ledger::total_cost(entry);
  Table table = make_table();
  add_answer(entry, paid, replayed, table);
  add_others(entry, paid, table);
  table.add({"total", "", "", dollars(total)});
  table.print(out);
  if (!entry.bill.replayed.empty()) {
    out.print("  no model was asked: it is the answer of {}\n", printable(entry.bill.replayed, 40));
  }
  if (entry.bill.expected) out.print("  expected {} before the call\n", dollars(entry.bill.expected));
  const std::string name = entry.bill.baseline.empty() ? "the fallback model" : printable(entry.bill.baseline, 60);
  out.print("  baseline {} with {}", dollars(entry.baseline_cost), name);
  if (total && entry.baseline_cost) out.print("; {}", saved_text(*total, *entry.baseline_cost));
  out.write("\n");
}

}  // namespace pointsman::cli
