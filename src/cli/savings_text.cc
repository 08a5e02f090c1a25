#include "cli/savings_text.h"

#include <fmt/ranges.h>

#include "cli/table.h"
#include "cli/text_format.h"

namespace pointsman::cli {
namespace {

using base::Money;
using ledger::Savings;
using ledger::SavingsReport;

std::string signed_dollars(Money amount) {
  if (amount.nanos < 0) return "-" + dollars(Money{-amount.nanos});
  return dollars(amount);
}

std::string signed_percent(double share) {
  return fmt::format("{:+.1f} %", share * 100);
}

std::string interval_of(const Savings& line) {
  if (!line.interval) return "-";
  const std::string range =
      fmt::format("{:+.1f} to {:+.1f} %", line.interval->first * 100, line.interval->second * 100);
  return line.is_low_sample() ? range + " (low sample)" : range;
}

std::string baselines_of(const Savings& line) {
  if (line.baselines.empty()) return "-";
  return printable(fmt::format("{}", fmt::join(line.baselines, ", ")), 40);
}

void add_line(const Savings& line, Table& table) {
  table.add({printable(line.name, 32), std::to_string(line.requests), std::to_string(line.excluded),
             dollars(line.actual), dollars(line.baseline), signed_dollars(line.saved()),
             line.share ? signed_percent(*line.share) : "-", interval_of(line), baselines_of(line)});
}

void print_notes(const Savings& total, Output& out) {
  out.write("\n");
  if (total.excluded > 0) {
    out.print("{} excluded: price or usage unknown\n", count_of(total.excluded, "request", "requests"));
  }
  if (total.replayed > 0) {
    out.print("{} given again from the cache\n", count_of(total.replayed, "answer was", "answers were"));
  }
  out.print("of the cost: classification {}, answers not released {}, summaries {}\n", dollars(total.classification),
            dollars(total.discarded), dollars(total.summaries));
  out.write("baseline: the same tokens at the baseline model's price; saved: baseline less cost\n");
  out.print("95 % intervals of the share saved: ratio of sums, conversations as units ({})\n", total.conversations);
}

std::string field(std::string text) {
  if (!text.empty() && std::string_view("=+-@\t\r").contains(text.front())) text.insert(0, 1, '\'');
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

void append_csv(const Savings& line, std::string& out) {
  const auto number = [](const std::optional<double>& value) {
    return value ? fmt::format("{:.6f}", *value) : std::string();
  };
  const auto low = line.interval ? std::optional(line.interval->first) : std::nullopt;
  const auto high = line.interval ? std::optional(line.interval->second) : std::nullopt;
  out += fmt::format("{},{},{},{},{},{},{},{},{},{},{},{},{},{}\r\n", field(line.name),
                     field(fmt::format("{}", fmt::join(line.baselines, " "))), line.requests, line.excluded,
                     line.replayed, line.actual.to_string(), line.classification.to_string(),
                     line.discarded.to_string(), line.summaries.to_string(), line.baseline.to_string(),
                     line.saved().to_string(), number(line.share), number(low), number(high));
}

}  // namespace

void print_savings(const SavingsReport& report, Output& out) {
  using enum Table::Align;
  Table table({{std::string(to_string(report.by))},
               {"requests", kRight},
               {"excluded", kRight},
               {"cost", kRight},
               {"baseline", kRight},
               {"saved", kRight},
               {"share", kRight},
               {"95 % interval", kRight},
               {"against"}});
  for (const Savings& one : report.lines) add_line(one, table);
  add_line(report.total, table);
  table.print(out);
  print_notes(report.total, out);
}

std::string savings_csv(const SavingsReport& report) {
  std::string out = fmt::format(
      "{},baseline_models,requests,excluded,replayed,cost_usd,classification_usd,discarded_usd,summaries_usd,"
      "baseline_usd,saved_usd,saved_share,interval_low,interval_high\r\n",
      to_string(report.by));
  for (const Savings& one : report.lines) append_csv(one, out);
  append_csv(report.total, out);
  return out;
}

}  // namespace pointsman::cli
