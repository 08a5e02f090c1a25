#include "cli/invoice_text.h"

#include "cli/invoice.h"
#include "cli/table.h"
#include "cli/text_format.h"
#include "config/units.h"
#include "ledger/total_cost.h"

namespace pointsman::cli {
namespace {

using base::Money;
using ledger::Entry;

Table make_table() {
  using enum Table::Align;
  return Table({{"item"}, {"tokens", kRight}, {"per 1M", kRight}, {"amount", kRight}}, 2);
}

std::string saved_text(const Money& cost, const Money& baseline) {
  const Money saved = baseline - cost;
  const std::string share =
      baseline.nanos > 0 ? ", " + percent(std::abs(saved.dollars() / baseline.dollars())) : std::string();
  return fmt::format("{}{}{}", dollars(Money{std::abs(saved.nanos)}), share, saved.nanos < 0 ? " more" : " saved");
}

}  // namespace

void print_invoice(const Entry& entry, const Replay* replayed, Output& out) {
  const auto total = ledger::total_cost(entry);
  Table table = make_table();
  for (const InvoiceLine& line : invoice_of(entry, replayed)) {
    table.add({line.item, line.tokens ? std::to_string(*line.tokens) : "",
               line.price ? "$" + config::format_price(*line.price) : "", dollars(line.amount)});
  }
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
