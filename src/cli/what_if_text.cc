#include "cli/what_if_text.h"

#include <algorithm>
#include <set>

#include "cli/table.h"
#include "cli/text_format.h"
#include "json/writer.h"

namespace pointsman::cli {
namespace {

using learn::ConversationMoney;
using learn::Estimate;
using Align = Table::Align;

constexpr std::size_t kShortVersion = 12;

double share(std::size_t part, std::size_t whole) {
  return whole > 0 ? static_cast<double>(part) / static_cast<double>(whole) : 0;
}

std::string counted(const learn::ExpectedMistakes& mistakes) {
  if (mistakes.decisions() == 0) return "-";
  const Estimate one = mistakes.interval();
  return fmt::format("{:.1f} [{:.1f}, {:.1f}]", one.value, one.low, one.high);
}

std::string money(double amount) {
  return amount < 0 ? fmt::format("-${:.6g}", -amount) : fmt::format("${:.6g}", amount);
}
std::string money(const Estimate& one) {
  return fmt::format("{} [{}, {}]", money(one.value), money(one.low), money(one.high));
}

std::string change_of(base::Money from, base::Money to) {
  if (from.nanos <= 0) return "";
  return fmt::format("{:+.1f} %", 100 * (to.dollars() - from.dollars()) / from.dollars());
}

std::string version_text(const std::string& version) {
  return version.empty() ? "none" : printable(version.substr(0, kShortVersion), kShortVersion);
}

class Page {
 public:
  Page(const WhatIfReport& report, const WhatIfTitle& title, Output& out)
      : report_(report), title_(title), out_(out), compared_(!title.changes.empty()) {}

  void print() {
    head();
    if (report_.replayed > 0) {
      figures();
      shares("category", report_.happened.categories, report_.other.categories, true);
      shares("model", report_.happened.models, report_.other.models, false);
    }
    conversations();
    notes();
  }

 private:
  void head() {
    out_.print("{}\n", out_.bold(compared_ ? "what if: " + title_.changes : "what happened"));
    const std::string since = title_.since.empty() ? "in the ledger" : "since " + title_.since;
    out_.print("  {} {}, {} decided again\n", count_of(report_.entries, "request", "requests"), since,
               report_.replayed);
    for (std::size_t i = 0; i < kNotReplayedReasons; ++i) {
      if (report_.not_replayed[i] == 0) continue;
      out_.print("  {} not: {}\n", report_.not_replayed[i], describe(static_cast<NotReplayed>(i)));
    }
  }

  Table table(std::string what) const {
    std::vector<Table::Column> columns{{std::move(what)}, {"happened", Align::kRight}};
    if (compared_) columns.insert(columns.end(), {{"what if", Align::kRight}, {"change", Align::kRight}});
    return Table(std::move(columns), 2);
  }
  void row(Table& table, std::string name, std::string happened, std::string other, std::string change = "") const {
    if (!compared_) return table.add({std::move(name), std::move(happened)});
    table.add({std::move(name), std::move(happened), std::move(other), std::move(change)});
  }

  void figures() {
    const WhatIfSide& a = report_.happened;
    const WhatIfSide& b = report_.other;
    out_.write("\n");
    Table table = this->table("");
    row(table, fmt::format("money, {} of known cost", count_of(report_.priced, "request", "requests")),
        dollars(a.money), dollars(b.money), change_of(a.money, b.money));
    row(table, "requests of unknown cost", std::to_string(a.unknown), std::to_string(b.unknown));
    row(table, "decided by the classifier", std::to_string(a.by_classifier), std::to_string(b.by_classifier));
    row(table, "in doubt, to the fallback", std::to_string(a.in_doubt), std::to_string(b.in_doubt));
    row(table, "expected mistakes", counted(a.mistakes), counted(b.mistakes));
    if (a.second_opinion.decisions() + b.second_opinion.decisions() > 0) {
      row(table, "the same, judged by the other", counted(a.second_opinion), counted(b.second_opinion));
    }
    table.print(out_);
    if (!compared_ && report_.other_category + report_.other_model == 0) return;
    out_.print("  {} in another category ({}), {} first to another model ({})\n", report_.other_category,
               percent(share(report_.other_category, report_.replayed)), report_.other_model,
               percent(share(report_.other_model, report_.replayed)));
  }

  void shares(const std::string& what, const std::map<std::string, std::size_t>& happened,
              const std::map<std::string, std::size_t>& other, bool with_doubt) {
    std::set<std::string> names;
    for (const auto& [name, count] : happened) names.insert(name);
    for (const auto& [name, count] : other) names.insert(name);
    const auto count_in = [](const std::map<std::string, std::size_t>& counts, const std::string& name) {
      const auto found = counts.find(name);
      return found == counts.end() ? std::size_t{0} : found->second;
    };
    out_.write("\n");
    Table table = this->table(what);
    const auto add = [&](const std::string& name, std::size_t a, std::size_t b) {
      const double before = share(a, report_.replayed);
      const double after = share(b, report_.replayed);
      row(table, name, percent(before), percent(after), fmt::format("{:+.1f}", 100 * (after - before)));
    };
    for (const std::string& name : names) {
      add(name.empty() ? "-" : printable(name, 32), count_in(happened, name), count_in(other, name));
    }
    if (with_doubt) add("(in doubt)", report_.happened.in_doubt, report_.other.in_doubt);
    table.print(out_);
  }

  void conversations() {
    const ConversationMoney& all = report_.conversations;
    out_.print("\n{}\n", out_.bold("per finished conversation"));
    if (all.finished == 0) {
      out_.write("  none has finished with a known cost\n");
    } else {
      out_.print("  {}, {:.1f} calls each\n", count_of(all.finished, "conversation", "conversations"),
                 all.calls_each());
      out_.print("  happened    {}\n", money(all.cost));
      if (compared_) {
        out_.print("  what if     {}\n", money(all.other_cost));
        out_.print("  difference  {}\n", money(all.difference));
      }
    }
    if (all.unfinished > 0) out_.print("  {} still going, not counted\n", all.unfinished);
    if (all.unknown > 0) out_.print("  {} of unknown cost, not counted\n", all.unknown);
    if (report_.versions.size() > 1) versions();
  }

  void versions() {
    out_.write("\n");
    Table table({{"classifier"}, {"conversations", Align::kRight}, {"calls each", Align::kRight}, {"money each"}}, 2);
    for (const auto& [version, one] : report_.versions) {
      table.add({version_text(version), std::to_string(one.finished), fmt::format("{:.1f}", one.calls_each()),
                 money(one.cost)});
    }
    table.print(out_);
  }

  void notes() {
    std::vector<std::string> notes;
    if (compared_) {
      notes.emplace_back("intervals are 95 %; another model's answer is taken to be as long as the one that came");
      notes.emplace_back("mistakes: as calibrated probabilities expect them; each classifier is judged by its own");
    } else {
      notes.emplace_back("intervals are 95 %");
    }
    const auto note = [&](std::size_t count, std::string_view what) {
      if (count > 0) notes.push_back(fmt::format("{} {}", count, what));
    };
    note(report_.cache_lost, "prompts would not have been in the other model's cache and are paid in full");
    note(report_.not_asked,
         "would have been put to the small model, whose answer nobody knows; they count as in doubt");
    note(report_.not_judged, "answers would have been judged before their release; a second answer is not counted");
    note(report_.without_text,
         "had no text: the classifier saw their features alone, and is less sure than with the text");
    if (report_.without_encoder) notes.emplace_back("the classifier was run without its sentence encoder");
    out_.write("\n");
    for (const std::string& one : notes) out_.print("note: {}\n", one);
  }

  const WhatIfReport& report_;
  const WhatIfTitle& title_;
  Output& out_;
  bool compared_;
};

void write(json::Writer& json, const Estimate& one) {
  json.begin_object().member("value", one.value).member("low", one.low).member("high", one.high).end_object();
}

void write(json::Writer& json, const learn::ExpectedMistakes& mistakes) {
  if (mistakes.decisions() == 0) {
    json.null();
  } else {
    write(json, mistakes.interval());
  }
}

void write(json::Writer& json, const WhatIfSide& side) {
  json.begin_object().key("cost_usd").raw(side.money.to_string()).member("unknown_cost", side.unknown);
  json.member("by_classifier", side.by_classifier).member("in_doubt", side.in_doubt).key("categories").begin_object();
  for (const auto& [name, count] : side.categories) json.member(name, count);
  json.end_object().key("models").begin_object();
  for (const auto& [name, count] : side.models) json.member(name, count);
  json.end_object().key("expected_mistakes");
  write(json, side.mistakes);
  json.key("expected_mistakes_by_the_other");
  write(json, side.second_opinion);
  json.end_object();
}

void write(json::Writer& json, const ConversationMoney& one, bool compared) {
  json.begin_object().member("finished", one.finished).member("calls", one.calls);
  json.member("unfinished", one.unfinished).member("unknown_cost", one.unknown).key("cost_usd_each");
  write(json, one.cost);
  if (compared) {
    json.key("other_cost_usd_each");
    write(json, one.other_cost);
    json.key("difference_usd_each");
    write(json, one.difference);
  }
  json.end_object();
}

}  // namespace

void print_what_if(const WhatIfReport& report, const WhatIfTitle& title, Output& out) {
  Page(report, title, out).print();
}

std::string what_if_json(const WhatIfReport& report, const WhatIfTitle& title) {
  const bool compared = !title.changes.empty();
  std::string text;
  json::Writer json(text);
  json.begin_object().member("change", title.changes).member("since", title.since);
  json.member("requests", report.entries).member("replayed", report.replayed).key("not_replayed").begin_object();
  for (std::size_t i = 0; i < kNotReplayedReasons; ++i) {
    json.member(key_of(static_cast<NotReplayed>(i)), report.not_replayed[i]);
  }
  json.end_object().member("other_category", report.other_category).member("other_model", report.other_model);
  json.member("priced", report.priced).member("cache_lost", report.cache_lost);
  json.member("small_model_not_asked", report.not_asked).member("answers_not_judged", report.not_judged);
  json.member("without_text", report.without_text).member("without_encoder", report.without_encoder).key("happened");
  write(json, report.happened);
  json.key("what_if");
  write(json, report.other);
  json.key("conversations");
  write(json, report.conversations, compared);
  json.key("conversations_by_classifier").begin_array();
  for (const auto& [version, one] : report.versions) {
    json.begin_object().member("classifier", version).key("money");
    write(json, one, false);
    json.end_object();
  }
  json.end_array().end_object();
  return text + "\n";
}

}  // namespace pointsman::cli
