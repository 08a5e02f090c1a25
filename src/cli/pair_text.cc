#include "cli/pair_text.h"

#include <cmath>

#include "cli/table.h"
#include "cli/text_format.h"
#include "config/units.h"
#include "json/writer.h"

namespace pointsman::cli {
namespace {

constexpr std::size_t kShownCategories = 20;

void heading(Output& out, std::string_view title) {
  out.print("\n{}\n", out.bold(title));
}

std::string promise_of(const classify::Pairing& one) {
  return classify::Certificate{.kind = one.kind, .at_most = one.at_most, .confidence = one.confidence}.promise();
}

std::string share(double part) {
  return fmt::format("{:.1f} %", part * 100);
}

std::string per_thousand(double dollars) {
  return fmt::format("{:.4g}", dollars * 1000);
}

std::string threshold_text(float threshold) {
  return threshold > 1 ? "never" : fmt::format("{:.4f}", threshold);
}

void print_asking(const PairReport& report, Output& out) {
  const AskingBill& bill = report.bill;
  out.print("  asked     {} about {}{}\n", printable(report.model, 60), count_of(bill.asked, "request", "requests"),
            bill.kept_before > 0
                ? fmt::format("; {} kept from before", count_of(bill.kept_before, "answer was", "answers were"))
                : "");
  if (bill.dollars) out.print("  paid      ${:.4f} now", *bill.dollars);
  if (bill.question_dollars) {
    out.print("{}${} per 1,000 questions", bill.dollars ? ", " : "  price     ", per_thousand(*bill.question_dollars));
  }
  if (bill.dollars || bill.question_dollars) out.write("\n");
  if (bill.median.count() > 0) out.print("  time      {} in the median\n", duration(bill.median));
  if (bill.late > 0.01) {
    out.print(
        "  warning   {} of the answers took longer than router.llm.deadline ({}): such requests go to the fallback\n",
        share(bill.late), config::format_duration(bill.deadline));
  }
}

void print_rows(const Measurement& measured, Output& out) {
  out.print("  rows      {} taught what the opinion is worth, {} proved\n", measured.teaching, measured.proving);
  if (measured.unusable > 0) {
    out.print("  unusable  {}: refused, or no label; the gateway sends those to the fallback\n",
              count_of(measured.unusable, "answer", "answers"));
  }
  if (measured.unheard > 0) {
    out.print("  unheard   {}: counted as if wrong; run again to ask about them\n",
              count_of(measured.unheard, "question", "questions"));
  }
}

void print_worth(const Measurement& measured, Output& out) {
  heading(out, "what the model's opinion is worth");
  Table table({{"source"},
               {"rows", Table::Align::kRight},
               {"opinion of"},
               {"right", Table::Align::kRight},
               {"calibration error", Table::Align::kRight},
               {"log loss", Table::Align::kRight}},
              2);
  for (const OpinionWorth& one : measured.worth) {
    const auto add = [&](std::string_view who, const learn::PoolQuality& quality) {
      table.add({std::string(to_string(one.source)), std::to_string(one.fit.rows), std::string(who),
                 share(quality.accuracy), fmt::format("{:.3f}", quality.ece), fmt::format("{:.3f}", quality.nll)});
    };
    add("the classifier alone", one.fit.local);
    add("the model, as it says", one.fit.model);
    add("both together", one.fit.pooled);
  }
  table.print(out);
  out.write("  every row is judged by weights found on others\n");
}

void print_thresholds(const Measurement& measured, Output& out) {
  heading(out, "thresholds");
  Table table({{"category"}, {"classifier", Table::Align::kRight}, {"both", Table::Align::kRight}}, 2);
  const auto& categories = measured.pairing.categories;
  for (std::size_t i = 0; i < categories.size() && i < kShownCategories; ++i) {
    table.add(
        {printable(categories[i].name, 40), threshold_text(categories[i].local), threshold_text(categories[i].pooled)});
  }
  table.print(out);
  if (categories.size() > kShownCategories) {
    out.print("  and {} more (--json lists them)\n", categories.size() - kShownCategories);
  }
}

void print_routing(const Measurement& measured, Output& out) {
  heading(out, "what routing so comes to");
  const bool money = measured.fallback_dollars.has_value();
  std::vector<Table::Column> columns{
      {""}, {"asked", Table::Align::kRight}, {"kept", Table::Align::kRight}, {"observed risk", Table::Align::kRight}};
  if (money) columns.insert(columns.end(), {{"$ per 1,000", Table::Align::kRight}, {"saves", Table::Align::kRight}});
  Table table(columns, 2);
  const auto add = [&](std::string who, const RoutingLine& line) {
    std::vector<std::string> cells{std::move(who), share(line.asked), share(line.kept),
                                   fmt::format("{:.2f} %", line.lost * 100)};
    if (money) {
      cells.push_back(per_thousand(line.dollars));
      cells.push_back(*measured.fallback_dollars > 0 ? share(1 - line.dollars / *measured.fallback_dollars) : "-");
    }
    table.add(std::move(cells));
  };
  add("classifier, then the small model", measured.both);
  add(measured.alone_certified ? "classifier alone, same promise" : "classifier alone (proves nothing)",
      measured.alone);
  add("everything to the fallback", {.dollars = measured.fallback_dollars.value_or(0)});
  table.print(out);
  if (!money) out.write("  some model has no known price, so no money is shown\n");
}

void print_verdict(const PairReport& report, Output& out) {
  const Measurement& measured = report.measurement;
  const classify::Pairing& pairing = measured.pairing;
  heading(out, "what to do next");
  if (!pairing.certified) {
    out.print("  nothing can be certified: {}\n", pairing.next);
    return;
  }
  if (!measured.pair.best.pooled) {
    out.write("  asking does not pay here: the cheapest thresholds that keep the promise ask nobody\n");
  }
  out.print("  in pointsman.yaml, in place of router.risk:\n\n    router:\n      llm:\n");
  if (!report.provider.empty()) out.print("        provider: {}\n", printable(report.provider, 100));
  out.print("        model: {}\n        pairing: {}\n\n", printable(report.model, 200), printable(report.pairing, 300));
  out.write(
      "  then `pointsman check`. Measure again when the classifier, the model, the examples or the categories "
      "change.\n");
}

void write_quality(json::Writer& json, std::string_view name, const learn::PoolQuality& quality) {
  json.key(name).begin_object().member("nll", quality.nll).member("accuracy", quality.accuracy);
  json.member("ece", quality.ece).end_object();
}

void write_optional(json::Writer& json, std::string_view name, const std::optional<double>& value) {
  json.key(name);
  value ? json.value(*value) : json.null();
}

void write_line(json::Writer& json, std::string_view name, const RoutingLine& line, bool money) {
  json.key(name).begin_object().member("asked", line.asked).member("kept", line.kept).member("lost", line.lost);
  write_optional(json, "dollars_per_request", money ? std::optional(line.dollars) : std::nullopt);
  json.end_object();
}

void write_asking(json::Writer& json, const AskingBill& bill) {
  json.key("asking").begin_object().member("questions", bill.asked).member("answers_kept_before", bill.kept_before);
  write_optional(json, "dollars", bill.dollars);
  write_optional(json, "dollars_per_question", bill.question_dollars);
  json.member("median_us", bill.median.count()).member("late", bill.late).end_object();
}

}  // namespace

void print_pairing(const PairReport& report, Output& out) {
  const Measurement& measured = report.measurement;
  const classify::Pairing& pairing = measured.pairing;
  out.print("  promise   {}\n", promise_of(pairing));
  print_asking(report, out);
  print_rows(measured, out);
  print_worth(measured, out);
  if (pairing.certified) print_thresholds(measured, out);
  print_routing(measured, out);
  print_verdict(report, out);
}

std::string pairing_json(const PairReport& report) {
  const Measurement& measured = report.measurement;
  const bool money = measured.fallback_dollars.has_value();
  std::string pairing = classify::write_pairing(measured.pairing);
  std::erase(pairing, '\n');
  std::string out;
  json::Writer json(out);
  json.begin_object().key("pairing").raw(pairing).key("opinions").begin_array();
  for (const OpinionWorth& one : measured.worth) {
    json.begin_object().member("source", to_string(one.source)).member("rows", one.fit.rows);
    write_quality(json, "pooled", one.fit.pooled);
    write_quality(json, "local", one.fit.local);
    write_quality(json, "model", one.fit.model);
    json.end_object();
  }
  json.end_array().key("rows").begin_object().member("teaching", measured.teaching);
  json.member("proving", measured.proving).member("unusable", measured.unusable);
  json.member("unheard", measured.unheard).end_object();
  write_line(json, "both", measured.both, money);
  write_line(json, "alone", measured.alone, money);
  write_optional(json, "fallback_dollars_per_request", measured.fallback_dollars);
  write_asking(json, report.bill);
  json.end_object();
  return out;
}

}  // namespace pointsman::cli
