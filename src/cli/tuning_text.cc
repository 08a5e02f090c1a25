#include "cli/tuning_text.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "cli/table.h"
#include "cli/text_format.h"
#include "json/writer.h"

namespace pointsman::cli {
namespace {

using classify::RiskKind;
using learn::Certified;
using learn::Share;

constexpr std::size_t kBar = 40;
constexpr std::size_t kShownCategories = 20;

std::string with_percent(const Share& share) {
  if (share.of == 0) return "-";
  return fmt::format("{} [{:.1f}, {:.1f}]", percent(share.value()), share.low() * 100, share.high() * 100);
}

std::string_view mistake(RiskKind kind) {
  switch (kind) {
    case RiskKind::kUnderRouting:
      return "by a weaker one than they need";
    case RiskKind::kAnyMistake:
      return "by another one than theirs";
    case RiskKind::kCost:
      return "wrongly, counted by their cost";
  }
  return "";
}

void heading(Output& out, std::string_view title) {
  out.print("\n{}\n", out.bold(title));
}

void print_promise(const Tuning& tuning, Output& out) {
  const classify::Certificate& one = tuning.certificate;
  out.print("  promise   {}\n", one.promise());
  if (one.kind == RiskKind::kUnderRouting) {
    std::vector<std::string> names;
    for (const auto& category : one.categories) names.push_back(category.name);
    out.print("  order     {}\n", printable(fmt::format("{}", fmt::join(names, " < ")), 200));
  }
  if (tuning.outside > 0)
    out.print("  outside   {} of the requests belong to none of the categories\n", tuning.outside);
  if (tuning.shaped) out.write("  shape     thresholds follow the curve of the rows of --shape\n");
}

void print_verdict(const Tuning& tuning, Output& out) {
  const Certified& result = tuning.main().result;
  if (!result.certified) {
    heading(out, "nothing can be certified: everything the classifier would decide goes to the fallback");
    out.print("  {}\n", tuning.certificate.next);
    return;
  }
  const double confidence = tuning.certificate.confidence;
  heading(out, fmt::format("certified: {} of requests stay local", with_percent(result.kept)));
  out.print(
      "  Of 1,000 requests like these, about {:.0f} are answered by the model of their category and at most {:.4g} of "
      "them\n  {}; the rest goes to the fallback. For {:.4g} of 100 sets of labels such a promise holds.\n",
      result.kept.value() * 1000, tuning.certificate.at_most * 1000, mistake(tuning.certificate.kind),
      confidence * 100);
  out.print("  observed  {:.2f} % went wrong among {} requests; at these thresholds the bound is {:.2f} %\n",
            result.observed * 100, result.kept.of, result.bound * 100);
}

std::string threshold_text(float threshold) {
  return threshold > 1 ? "never" : fmt::format("{:.4f}", threshold);
}

void print_categories(const Tuning& tuning, Output& out) {
  out.write("\n");
  Table table({{"category"},
               {"threshold", Table::Align::kRight},
               {"called so", Table::Align::kRight},
               {"kept", Table::Align::kRight}},
              2);
  for (std::size_t i = 0; i < tuning.categories.size() && i < kShownCategories; ++i) {
    const CategoryLine& one = tuning.categories[i];
    table.add(
        {printable(one.name, 40), threshold_text(one.threshold), std::to_string(one.called), std::to_string(one.kept)});
  }
  table.print(out);
  if (tuning.categories.size() > kShownCategories) {
    out.print("  and {} more (--json lists them)\n", tuning.categories.size() - kShownCategories);
  }
}

std::string bar(const Certified& result) {
  const auto columns = [](double share) { return static_cast<std::size_t>(std::lround(share * kBar)); };
  const std::size_t full = columns(result.kept.value());
  const std::size_t reach = std::max(columns(result.more.reachable.value()), full);
  return std::string(full, '#') + std::string(reach - full, '.') + std::string(kBar - reach, ' ');
}

void print_curve(const Tuning& tuning, Output& out) {
  heading(out, "what other promises would keep");
  const bool money = tuning.fallback_dollars.has_value();
  std::vector<Table::Column> columns{{"risk at most", Table::Align::kRight},
                                     {"stays local"},
                                     {"", Table::Align::kRight},
                                     {"observed risk", Table::Align::kRight}};
  if (money) columns.insert(columns.end(), {{"$ per 1,000", Table::Align::kRight}, {"saves", Table::Align::kRight}});
  Table table(columns, 2);
  for (std::size_t i = 0; i < tuning.curve.size(); ++i) {
    const Certified& result = tuning.curve[i].result;
    std::vector<std::string> cells{
        fmt::format("{}{:.4g} %", i == tuning.stated ? "> " : "", result.promise.at_most * 100),
        "|" + bar(result) + "|", percent(result.kept.value()),
        result.certified ? fmt::format("{:.2f} %", result.observed * 100) : "-"};
    if (money) {
      const double dollars = *tuning.curve[i].dollars;
      const double all = *tuning.fallback_dollars;
      cells.push_back(fmt::format("{:.4g}", dollars * 1000));
      cells.push_back(all > 0 ? percent(1 - dollars / all) : "-");
    }
    table.add(std::move(cells));
  }
  table.print(out);
  out.write(
      "  # certified with these labels; . could be kept by one who knew the true risk: more labels move # towards "
      "it\n");
  if (money) {
    out.print("  everything to the fallback: $ {:.4g} per 1,000 requests, at the configured prices\n",
              *tuning.fallback_dollars * 1000);
  }
}

void print_more(const Tuning& tuning, Output& out) {
  const Certified& result = tuning.main().result;
  heading(out, "would more labels help?");
  const learn::MoreRows& more = result.more;
  out.print("  fewer than {} can prove nothing here, even without one mistake; these are {}\n", more.if_faultless,
            result.kept.of);
  if (result.kept.of == 0) return;
  const double gap = more.reachable.value() - result.kept.value();
  if (gap < 0.005) {
    out.write("  no: all is kept that the promise allows\n");
  } else if (gap <= 0.05) {
    out.print("  little: {:.1f} points more could be kept at best\n", gap * 100);
  } else {
    for (const learn::MoreRows::Expected& one : more.expected) {
      out.print("  with {} in all, about {} could stay local\n", one.rows, percent(one.kept));
    }
    out.print("  never more than about {}, unless the classifier gets better\n", percent(more.reachable.value()));
  }
}

void write_share(json::Writer& json, std::string_view name, const Share& share) {
  json.key(name);
  share.of == 0 ? json.null() : json.value(share.value());
  json.key(std::string(name) + "_interval").begin_array().value(share.low()).value(share.high()).end_array();
}

void write_optional(json::Writer& json, std::string_view name, const auto& value) {
  json.key(name);
  value ? json.value(*value) : json.null();
}

void write_line(json::Writer& json, const RiskLine& line) {
  const Certified& result = line.result;
  json.begin_object().member("at_most", result.promise.at_most).member("certified", result.certified);
  write_share(json, "kept", result.kept);
  json.member("observed", result.observed).member("bound", result.bound);
  json.member("reachable", result.more.reachable.value());
  write_optional(json, "dollars_per_request", line.dollars);
  json.end_object();
}

}  // namespace

void print_tuning(const Tuning& tuning, Output& out) {
  print_promise(tuning, out);
  print_verdict(tuning, out);
  if (tuning.main().result.certified) print_categories(tuning, out);
  print_curve(tuning, out);
  print_more(tuning, out);
  heading(out, "this holds as long as");
  out.write(
      "  the labelled requests are drawn like those to come (exchangeable), and the classifier has learnt from none "
      "of\n"
      "  them. It cannot notice that traffic changes: label fresh requests and tune again when it does. Each line of "
      "the\n"
      "  table is a promise of its own; choose the risk before looking at it. Method: Learn then Test (Angelopoulos "
      "et\n"
      "  al. 2021), fixed sequence.\n");
}

std::string tuning_json(const Tuning& tuning) {
  const Certified& result = tuning.main().result;
  std::string certificate = classify::write_certificate(tuning.certificate);
  std::erase(certificate, '\n');
  std::string out;
  json::Writer json(out);
  json.begin_object().key("certificate").raw(certificate);
  write_share(json, "kept", result.kept);
  json.member("observed", result.observed).member("outside", tuning.outside);
  json.key("categories").begin_array();
  for (const CategoryLine& one : tuning.categories) {
    json.begin_object().member("name", one.name).key("threshold");
    one.threshold > 1 ? json.null() : json.value(one.threshold);
    json.member("called", one.called).member("kept", one.kept).end_object();
  }
  json.end_array().key("curve").begin_array();
  for (const RiskLine& line : tuning.curve) write_line(json, line);
  json.end_array();
  write_optional(json, "fallback_dollars_per_request", tuning.fallback_dollars);
  json.key("more").begin_object().member("if_faultless", result.more.if_faultless);
  write_optional(json, "for_anything", result.more.for_anything);
  write_optional(json, "for_reachable", result.more.for_reachable);
  json.key("expected").begin_array();
  for (const learn::MoreRows::Expected& one : result.more.expected) {
    json.begin_object().member("labels", one.rows).member("kept", one.kept).end_object();
  }
  json.end_array().end_object().end_object();
  return out;
}

}  // namespace pointsman::cli
