#include "cli/explanation.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "cli/invoice_text.h"
#include "cli/recorded_policy.h"
#include "cli/small_model_text.h"
#include "cli/table.h"
#include "cli/text_format.h"
#include "ledger/filter.h"
#include "route/affinity.h"

namespace pointsman::cli {
namespace {

using ledger::Entry;

void heading(Output& out, std::string_view title) {
  out.write("\n" + out.bold(title) + "\n");
}

void print_asked(const Entry& entry, Output& out) {
  out.print("{}\n", out.bold("decision " + entry.id.to_string()));
  out.print("  {} UTC\n", utc(entry.started));
  heading(out, "asked");
  const std::string model = entry.requested_model.empty() ? "-" : printable(entry.requested_model);
  out.print("  model         {}{}{}\n", model, entry.stream ? ", streamed" : "",
            entry.tool_result_turn ? ", after a tool's result" : "");
  out.print("  prompt        about {} tokens, {} bytes of request\n", entry.input_tokens_estimate, entry.request_bytes);
  if (!entry.bill.counted.empty()) out.print("  counted       {}\n", printable(entry.bill.counted, 400));
  const auto limit = entry.output_tokens_limit;
  out.print("  answer        {}\n", limit == 0 ? "no limit set" : fmt::format("at most {} tokens", limit));
  const auto names = llm::CapabilitySet::from_bits(entry.capabilities).names();
  out.print("  requirements  {}\n", names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", ")));
  out.print("  text          {}\n",
            entry.text.empty() ? fmt::format("not kept (hash {:016x})", entry.text_hash) : printable(entry.text, 200));
}

std::string category_name(const Replay* replayed, std::size_t index) {
  if (replayed == nullptr || index >= replayed->policy.categories.size()) return fmt::format("category {}", index);
  return printable(replayed->policy.categories[index].name, 40);
}

std::string threshold_of(const Replay& replayed, std::size_t category) {
  const config::PolicyCategory& one = replayed.policy.categories[category];
  return shown_threshold(one.threshold, one.certified);
}

void print_probabilities(const Entry& entry, const Replay* replayed, Output& out) {
  std::vector<std::size_t> order(entry.probabilities.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::ranges::sort(order, [&](std::size_t a, std::size_t b) {
    return entry.probabilities[a] != entry.probabilities[b] ? entry.probabilities[a] > entry.probabilities[b] : a < b;
  });
  constexpr std::size_t kShown = 10;
  Table table({{"category"}, {"probability", Table::Align::kRight}, {"threshold", Table::Align::kRight}}, 4);
  for (std::size_t i = 0; i < order.size() && i < kShown; ++i) {
    const bool known = replayed != nullptr && order[i] < replayed->policy.categories.size();
    table.add({category_name(replayed, order[i]), fmt::format("{:.4f}", entry.probabilities[order[i]]),
               known ? threshold_of(*replayed, order[i]) : "-"});
  }
  table.print(out);
  if (order.size() > kShown) out.print("    and {} more\n", order.size() - kShown);
}

// Why the small model settled nothing; nothing if it was not asked, or was heard.
std::optional<std::string> silence_of(const Entry& entry) {
  if (!entry.reason.starts_with("llm_")) return std::nullopt;
  switch (classify::opinion_outcome_from(entry.consultation.outcome).value_or(classify::OpinionOutcome::kUsed)) {
    case classify::OpinionOutcome::kLate:
      return "the small model did not answer in time";
    case classify::OpinionOutcome::kBusy:
      return "too many questions were under way to ask the small model";
    case classify::OpinionOutcome::kResting:
      return "the small model failed too often, and is left alone for a while";
    case classify::OpinionOutcome::kNoBudget:
      return "what the small model may cost in an hour is spent";
    case classify::OpinionOutcome::kRefused:
      return "the small model would not answer";
    case classify::OpinionOutcome::kUnusable:
      return "the small model answered with no label";
    case classify::OpinionOutcome::kFailed:
      return "the small model's provider failed";
    case classify::OpinionOutcome::kCancelled:
      return "the small model was not waited for";
    default:
      break;
  }
  if (entry.reason == "llm_uncalibrated") return "nobody has measured what an opinion of this kind is worth";
  return std::nullopt;
}

std::string doubt_of(const Entry& entry) {
  if (auto silence = silence_of(entry)) return std::move(*silence);
  if (entry.reason == "corrected_to_none") return "people said of a request like it that it is none of the categories";
  if (entry.reason == "corrected_otherwise") return "people put a request like it into another category";
  if (entry.threshold > 1) return "no threshold could be certified";
  if (entry.reason == "shift") return "requests did not look like those that the threshold was certified on";
  if (entry.reason == "without_encoder") return "the threshold was certified with the encoder, which was not heard";
  const bool heard = entry.reason.starts_with("llm_");
  const bool certified = heard || entry.reason.find("certified") != std::string::npos;
  return fmt::format("{}{:.4f} does not reach the threshold {}", heard ? "with both opinions " : "", *entry.probability,
                     shown_threshold(entry.threshold, certified));
}

void print_encoder(const Entry& entry, Output& out) {
  if (entry.encoder.empty()) return;
  const std::string took = entry.encoder_time.count() > 0 ? " after " + duration(entry.encoder_time) : "";
  out.print("          sentence encoder: {}{}\n", printable(entry.encoder, 20), took);
}

// Both opinions, what both together came to, and what asking took.
void print_consultation(const Entry& entry, const Replay* replayed, Output& out) {
  const ledger::Consultation& asked = entry.consultation;
  if (asked.outcome.empty()) return;
  if (asked.outcome == to_string(classify::OpinionOutcome::kNotNeeded)) {
    out.write("  llm     not asked: it could not change the decision\n");
    return;
  }
  const classify::Opinion opinion = recorded_opinion(asked);
  out.print("  llm     {}: {}{}\n", printable(asked.model, 60), how_it_went(opinion),
            asked.hedged ? ", asked a second time because the first took long" : "");
  out.print("          {} after {}; prompt {:.12}\n", dollars(asked.cost), duration(asked.took),
            printable(asked.prompt_version, 64));
  if (!opinion.usable()) return;
  std::vector<std::string> names;
  std::vector<std::string> thresholds;
  if (replayed != nullptr) {
    for (const config::PolicyCategory& one : replayed->policy.categories) {
      names.push_back(one.name);
      thresholds.push_back(shown_threshold(one.pooled_threshold, one.certified));
    }
  }
  const std::span<const float> pooled = replayed == nullptr ? std::span<const float>() : replayed->verdict.pooled;
  print_opinions({names, entry.probabilities, opinion, pooled, std::move(thresholds)}, 10, out);
}

void print_recalled(const Entry& entry, Output& out) {
  const ledger::Recall& recalled = entry.recalled;
  if (recalled.decision.empty()) return;
  out.print("  memory  corrected before: {}\n",
            corrected_before(recalled.decision, recalled.likeness, recalled.category));
}

void print_stages(const Entry& entry, const Replay* replayed, Output& out) {
  heading(out, "stages");
  if (entry.stage == "passthrough") {
    out.print("  none ran: the client named the model itself\n");
    return;
  }
  out.print("  client  {}\n", entry.route_header.empty() ? "no x-pointsman-route header"
                                                         : "x-pointsman-route: " + printable(entry.route_header));
  std::vector<std::string> hits;
  for (const std::string& hit : entry.rule_hits) hits.push_back(printable(hit, 40));
  out.print("  rules   {}\n", hits.empty() ? "none matched" : fmt::format("matched {}", fmt::join(hits, ", ")));
  print_recalled(entry, out);
  if (entry.probabilities.empty()) {
    out.print("  local   did not run\n");
  } else {
    out.print("  local   classifier {:.12}\n", printable(entry.classifier_version, 64));
    print_encoder(entry, out);
    print_probabilities(entry, replayed, out);
  }
  print_consultation(entry, replayed, out);
  heading(out, "decided");
  const std::string sure = entry.probability ? fmt::format(", probability {:.4f}", *entry.probability) : "";
  out.print("  category  {}{}\n", entry.category.empty() ? "none" : printable(entry.category), sure);
  out.print("  by        {} ({})\n", printable(entry.stage, 20), printable(entry.reason, 200));
  const bool by_people = entry.reason.starts_with(classify::kCorrected);
  if (entry.stage == ledger::kFallbackStage && (entry.probability || by_people)) {
    out.print("            {}: in doubt the fallback model answers\n", doubt_of(entry));
  }
}

// How the answer came from another protocol, and what came of structured output.
void print_passage(const Entry& entry, Output& out) {
  const ledger::Passage& passage = entry.passage;
  if (!passage.client.empty() || !passage.upstream.empty()) {
    out.print("  protocol  {}{}\n", passage.client.empty() ? "chat_completions" : printable(passage.client, 30),
              passage.upstream.empty() ? "" : " over " + printable(passage.upstream, 30));
  }
  for (const std::string& loss : passage.losses) out.print("  lost      {}\n", printable(loss, 120));
  if (!passage.json.empty()) out.print("  json      {}\n", printable(passage.json, 120));
  if (passage.drained) {
    out.print("  drained   {} bytes that the client did not wait for\n", passage.drained_bytes);
  }
}

// What put the candidates in their order, where that was not the price.
void print_order(const Entry& entry, Output& out) {
  const ledger::Ordering& order = entry.order;
  if (order.strategy.empty()) return;
  const std::string by_lot = order.strategy == "split" ? "drawn for this conversation" : "looked at again by lot";
  const std::string drawn = order.drawn.empty() ? "" : fmt::format("; {} was {}", printable(order.drawn, 60), by_lot);
  out.print("  strategy {}{}\n", printable(order.strategy, 20), drawn);
  for (const ledger::Ordering::Pace& one : order.paces) {
    out.print("    {} lately took {} to its first byte\n", printable(one.model, 60), duration(one.first_byte));
  }
}

// Whom chance put first, if the gateway was exploring.
void print_exploration(const Entry& entry, Output& out) {
  const ledger::Exploration& explored = entry.exploration;
  if (explored.preferred.empty() || entry.candidates.empty()) return;
  const std::string likely = fmt::format("with probability {:.4g}", explored.propensity);
  if (entry.candidates.front() == explored.preferred) return out.print("  explored  not, {}\n", likely);
  out.print("  explored  {} was put before {} by lot, {}\n", printable(entry.candidates.front(), 60),
            printable(explored.preferred, 60), likely);
}

// Where the conversation was before, and what that is worth.
void print_continuity(const Entry& entry, Output& out) {
  const ledger::Continuity& before = entry.continuity;
  if (before.model.empty()) return;
  if (before.kept && !entry.candidates.empty()) {
    const std::string& preferred = entry.exploration.preferred;
    const std::string first = printable(preferred.empty() ? entry.candidates.front() : preferred, 60);
    return out.print("  {}\n", route::describe_kept(first, before.cached_tokens, before.cold));
  }
  const std::string cost = before.cold ? fmt::format("; moving costs ${} at once", before.cold->to_string()) : "";
  out.print("  before    the conversation was with {}, about {} tokens cached{}\n", printable(before.model, 60),
            before.cached_tokens, cost);
}

void print_candidates(const Entry& entry, const Replay* replayed, Output& out) {
  heading(out, "candidates, best first");
  print_order(entry, out);
  if (!entry.bill.downgraded.empty()) {
    out.print("  instead   of {}, for which there was no room in the budget\n", printable(entry.bill.downgraded, 60));
  }
  print_continuity(entry, out);
  print_exploration(entry, out);
  if (entry.candidates.empty()) out.print("  none could answer\n");
  for (std::size_t i = 0; i < entry.candidates.size(); ++i) {
    const std::string& name = entry.candidates[i];
    std::string facts;
    if (replayed != nullptr && entry.stage != "passthrough") {
      const auto same = [&](const route::Candidate& one) { return replayed->market.model(one.model).name == name; };
      const auto at = std::ranges::find_if(replayed->ranked.candidates, same);
      if (at != replayed->ranked.candidates.end()) {
        facts = fmt::format("  from {}, expected {}{}", to_string(at->source), dollars(at->expected_cost),
                            at->healthy ? "" : ", was unhealthy");
      }
    }
    out.print("  {}. {}{}\n", i + 1, printable(name, 60), facts);
  }
  if (replayed == nullptr) return;
  for (const route::Exclusion& one : replayed->ranked.excluded) {
    out.print("  excluded  {}\n", printable(describe(one, replayed->market), 200));
  }
  for (const std::string& name : entry.unavailable) out.print("  unhealthy then  {}\n", printable(name, 60));
}

void print_judgement(const ledger::Judgement& judged, Output& out) {
  if (judged.worth.empty()) return;
  if (judged.worth.starts_with(ledger::kSpeculation)) {
    const std::string_view became = std::string_view(judged.worth).substr(ledger::kSpeculation.size());
    const std::string price = judged.discarded ? "; it cost " + dollars(judged.cost) : "";
    out.print("     called while the small model was asked: {}{}\n", printable(became, 20), price);
    return;
  }
  const std::string sure = judged.confidence ? fmt::format(", confidence {:.4f}", *judged.confidence) : "";
  const std::string end = judged.discarded ? "; not released, it cost " + dollars(judged.cost) : "";
  out.print("     judged {}{}{}\n", printable(judged.worth, 20), sure, end);
}

void print_attempts(const Entry& entry, Output& out) {
  heading(out, "attempts");
  if (entry.attempts.empty()) out.print("  none\n");
  for (std::size_t i = 0; i < entry.attempts.size(); ++i) {
    const ledger::Attempt& attempt = entry.attempts[i];
    const std::string status = attempt.status == 0 ? "no answer" : "status " + std::to_string(attempt.status);
    const std::string after =
        attempt.first_byte.count() == 0 ? "" : ", first byte after " + duration(attempt.first_byte);
    const std::string error = attempt.error.empty() ? "" : ": " + printable(attempt.error, 200);
    out.print("  {}. {} at {}: {}{}{}\n", i + 1, printable(attempt.model, 60), printable(attempt.provider, 60), status,
              after, error);
    print_judgement(attempt.judged, out);
  }
}

std::string count(const std::optional<std::int64_t>& tokens) {
  return tokens ? std::to_string(*tokens) : "unknown";
}

void print_answer(const Entry& entry, Output& out) {
  heading(out, "answer");
  const std::string by =
      entry.model.empty() ? "" : fmt::format(", {} at {}", printable(entry.model, 60), printable(entry.provider, 60));
  out.print("  status   {} ({}){}\n", entry.status, to_string(entry.outcome), by);
  if (!entry.error.empty()) out.print("  error    {}\n", printable(entry.error, 300));
  print_passage(entry, out);
  const std::string written =
      entry.usage.cache_write_tokens ? fmt::format(", {} written to the cache", *entry.usage.cache_write_tokens) : "";
  out.print("  tokens   {} in ({} cached{}), {} out ({} reasoning)\n", count(entry.usage.input_tokens),
            count(entry.usage.cached_input_tokens), written, count(entry.usage.output_tokens),
            count(entry.usage.reasoning_tokens));
  if (!entry.bill.replayed.empty()) {
    out.print("           used when {} was answered, and now given again\n", printable(entry.bill.replayed, 40));
  }
  out.print("  time     {} in all, {} to the first byte, {} our own, {} of it classifying\n", duration(entry.total),
            duration(entry.first_byte), duration(entry.overhead), duration(entry.classify_time));
}

void print_bill(const Entry& entry, const Replay* replayed, Output& out) {
  heading(out, "bill");
  print_invoice(entry, replayed, out);
}

}  // namespace

void print_explanation(const Entry& entry, const Replay* replayed, Output& out) {
  print_asked(entry, out);
  print_stages(entry, replayed, out);
  print_candidates(entry, replayed, out);
  print_attempts(entry, out);
  print_answer(entry, out);
  print_bill(entry, replayed, out);
  if (entry.truncated) out.print("\nThis entry was too long for the ledger's record limit and was cut.\n");
}

}  // namespace pointsman::cli
