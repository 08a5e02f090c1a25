#include "cli/explanation.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "cli/table.h"
#include "cli/text_format.h"
#include "ledger/filter.h"

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

std::string doubt_of(const Entry& entry) {
  if (entry.threshold > 1) return "no threshold could be certified";
  if (entry.reason == "shift") return "requests did not look like those that the threshold was certified on";
  if (entry.reason == "without_encoder") return "the threshold was certified with the encoder, which was not heard";
  const bool certified = entry.reason.find("certified") != std::string::npos;
  return fmt::format("{:.4f} does not reach the threshold {}", *entry.probability,
                     shown_threshold(entry.threshold, certified));
}

void print_encoder(const Entry& entry, Output& out) {
  if (entry.encoder.empty()) return;
  const std::string took = entry.encoder_time.count() > 0 ? " after " + duration(entry.encoder_time) : "";
  out.print("          sentence encoder: {}{}\n", printable(entry.encoder, 20), took);
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
  if (entry.probabilities.empty()) {
    out.print("  local   did not run\n");
  } else {
    out.print("  local   classifier {:.12}\n", printable(entry.classifier_version, 64));
    print_encoder(entry, out);
    print_probabilities(entry, replayed, out);
  }
  heading(out, "decided");
  const std::string sure = entry.probability ? fmt::format(", probability {:.4f}", *entry.probability) : "";
  out.print("  category  {}{}\n", entry.category.empty() ? "none" : printable(entry.category), sure);
  out.print("  by        {} ({})\n", printable(entry.stage, 20), printable(entry.reason, 200));
  if (entry.stage == ledger::kFallbackStage && entry.probability) {
    out.print("            {}: in doubt the fallback model answers\n", doubt_of(entry));
  }
}

void print_candidates(const Entry& entry, const Replay* replayed, Output& out) {
  heading(out, "candidates, best first");
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
  out.print("  tokens   {} in ({} cached), {} out ({} reasoning)\n", count(entry.usage.input_tokens),
            count(entry.usage.cached_input_tokens), count(entry.usage.output_tokens),
            count(entry.usage.reasoning_tokens));
  out.print("  cost     {}", dollars(entry.cost));
  if (entry.baseline_cost) out.print("; {} with the fallback model", dollars(entry.baseline_cost));
  if (entry.cost && entry.baseline_cost && entry.baseline_cost->nanos > 0) {
    const double saved = 1 - entry.cost->dollars() / entry.baseline_cost->dollars();
    out.print(", {} {}", percent(saved < 0 ? -saved : saved), saved < 0 ? "more" : "saved");
  }
  out.print("\n  time     {} in all, {} to the first byte, {} our own, {} of it classifying\n", duration(entry.total),
            duration(entry.first_byte), duration(entry.overhead), duration(entry.classify_time));
}

}  // namespace

void print_explanation(const Entry& entry, const Replay* replayed, Output& out) {
  print_asked(entry, out);
  print_stages(entry, replayed, out);
  print_candidates(entry, replayed, out);
  print_attempts(entry, out);
  print_answer(entry, out);
  if (entry.truncated) out.print("\nThis entry was too long for the ledger's record limit and was cut.\n");
}

}  // namespace pointsman::cli
