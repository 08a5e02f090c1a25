#include "admin/decision_detail.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "admin/json_parts.h"
#include "admin/said.h"
#include "admin/text_reasons.h"
#include "cli/invoice.h"
#include "cli/replay.h"
#include "config/units.h"
#include "ledger/entry_json.h"

namespace pointsman::admin {
namespace {

using base::Result;
using cli::Replay;
using ledger::Entry;

Result<Replay> decide_again(const Entry& entry, ledger::Reader& ledger) {
  PM_TRY(const std::optional<std::string> document, ledger.policy(entry.policy_version));
  if (document) return cli::replay(entry, *document);
  return base::fail(base::ErrorCode::kNotFound, "the ledger does not hold the policy of that time");
}

// Of the policy that the entry was decided under; none where nobody knows it any more.
std::vector<config::PolicyCategory> categories_of(const Entry& entry, const Result<Replay>& replayed,
                                                  const gateway::Lineup& lineup) {
  if (replayed) return replayed->policy.categories;
  if (lineup.champion->policy_version == entry.policy_version) return lineup.champion->policy.categories;
  return {};
}

void write_categories(json::Writer& out, const std::vector<config::PolicyCategory>& categories) {
  out.key("categories").begin_array();
  for (const config::PolicyCategory& one : categories) out.value(one.name);
  out.end_array().key("thresholds").begin_array();
  for (const config::PolicyCategory& one : categories) {
    out.begin_object().member("category", one.name).key("threshold");
    if (one.threshold > 1) {
      out.null();  // nothing is decided for it
    } else {
      out.value(one.threshold);
    }
    out.member("certified", one.certified).end_object();
  }
  out.end_array();
}

void write_replay(json::Writer& out, const Result<Replay>& replayed) {
  out.key("replay").begin_object().member("possible", replayed.has_value());
  out.member("agrees", replayed && replayed->same());
  if (!replayed) {
    out.member("says", replayed.error().message());
  } else if (replayed->same()) {
    out.member("says", "the same decision");
  } else {
    out.member("says", fmt::format("{}", fmt::join(replayed->differences, "; ")));
  }
  out.key("excluded").begin_array();
  if (replayed) {
    for (const route::Exclusion& one : replayed->ranked.excluded) out.value(describe(one, replayed->market));
  }
  out.end_array().end_object();
}

// The rule that decided, or would have, had the client not named a category: the first one that matched.
void write_rule(json::Writer& out, const Entry& entry, const Result<Replay>& replayed) {
  out.key("rule");
  if (entry.rule_hits.empty()) {
    out.null();
    return;
  }
  const std::string& name = entry.rule_hits.front();
  classify::Rule rule{
      .name = name, .category = entry.stage == "rule" ? entry.category : "", .keywords = {}, .patterns = {}};
  if (replayed) {
    const auto found = std::ranges::find(replayed->policy.rules, name, &classify::Rule::name);
    if (found != replayed->policy.rules.end()) rule = *found;
  }
  std::vector<std::string> matches = rule.keywords;
  matches.insert(matches.end(), rule.patterns.begin(), rule.patterns.end());
  out.begin_object().member("name", rule.name).member("category", rule.category);
  out.member("matches", fmt::format("{}", fmt::join(matches, ", "))).end_object();
}

void write_bill(json::Writer& out, const Entry& entry, const Result<Replay>& replayed) {
  out.key("bill").begin_array();
  for (const cli::InvoiceLine& line : cli::invoice_of(entry, replayed ? &*replayed : nullptr)) {
    out.begin_object().member("item", line.item).key("tokens");
    write_or_null(out, line.tokens);
    out.key("per_million_usd");
    if (line.price) {
      out.raw(config::format_price(*line.price));
    } else {
      out.null();
    }
    out.key("amount_usd");
    write_dollars(out, line.amount);
    out.end_object();
  }
  out.end_array();
}

classify::Input input_of(const Entry& entry) {
  const bool tools = llm::CapabilitySet::from_bits(entry.capabilities).has(llm::Capability::kTools);
  return {.text = entry.text, .context = entry.context, .tools = tools ? 1 : 0, .embedding = {}, .features = {}};
}

}  // namespace

Result<Entry> find_decision(Call& call, std::string_view id) {
  const auto whole = base::Uuid::parse(id);
  if (whole) {
    PM_TRY(ledger::Reader * ledger, call.books.ledger());
    PM_TRY(auto entry, ledger->find(*whole));
    if (entry) return std::move(*entry);
    PM_TRY(ledger::FeedbackStore * feedback, call.books.feedback());
    PM_TRY(entry, feedback->sample(*whole));
    if (entry) return std::move(*entry);
  }
  return base::fail(base::Error(base::ErrorCode::kNotFound,
                                "there is no such decision: none was made under this id, or it has been forgotten",
                                base::Origin::kClient)
                        .at("id"));
}

Result<Answer> get_decision(Call& call) {
  PM_TRY(const Entry entry, find_decision(call, call.parts[0]));
  PM_TRY(ledger::Reader * ledger, call.books.ledger());
  PM_TRY(ledger::FeedbackIndex * index, call.books.said());
  PM_TRY(const std::vector<ledger::Feedback> said, index->about(entry.id));
  const gateway::Lineup lineup = call.world.lineup();
  const Result<Replay> replayed = decide_again(entry, *ledger);
  const auto model = find_classifier(entry.classifier_version, lineup, call.books);
  Answer out;
  json::Writer json(out.body);
  json.begin_object().key("entry").raw(ledger::to_json(entry));
  write_categories(json, categories_of(entry, replayed, lineup));
  write_replay(json, replayed);
  write_text_reasons(json, model.get(), input_of(entry));
  write_rule(json, entry, replayed);
  write_bill(json, entry, replayed);
  json.key("feedback").begin_array();
  for (const ledger::Feedback& one : said) write_feedback_item(json, one);
  json.end_array().end_object();
  return out;
}

}  // namespace pointsman::admin
