#include "cli/corrections.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "cli/harvest.h"

namespace pointsman::cli {
namespace {

using base::Result;
using ledger::Entry;
using ledger::Feedback;

bool has_words(const Entry& entry) {
  return (!entry.text.empty() && !entry.truncated) || !entry.features.empty();
}

std::optional<classify::TextTrace> trace_of_entry(const Entry& entry, text::FeatureExtractor& extractor) {
  if (entry.text.empty() || entry.truncated) return classify::trace_of(entry.features);
  return classify::trace_of({.text = entry.text, .context = entry.context}, extractor);
}

}  // namespace

Result<MemoryPtr> CorrectionReader::read(ledger::FeedbackStore& store, base::WallTime now) {
  PM_TRY(std::vector<Label> all, labels(store, now));
  const std::vector<Label> kept = newest_of(std::move(all));
  PM_CHECK(trace(store, kept));
  std::vector<classify::Correction> corrections;
  for (const Label& one : kept) {
    const auto known = traces_.find(one.decision);
    if (known == traces_.end()) continue;
    corrections.push_back({.id = one.decision.to_string(),
                           .source = one.who,
                           .category = one.category,
                           .when = one.said.time(),
                           .trace = known->second,
                           .trusted = is_trusted(one.who)});
  }
  return classify::CorrectionMemory::build(std::move(corrections), options_);
}

// In the order they came.
Result<std::vector<CorrectionReader::Label>> CorrectionReader::labels(ledger::FeedbackStore& store,
                                                                      base::WallTime now) {
  const HarvestOptions judging;
  std::vector<Label> out;
  std::unordered_set<std::uint64_t> judged;
  newest_ = {};
  next_change_ = base::WallTime::max();
  PM_CHECK(store.scan([&](const Feedback& said, const Entry& about) {
    if (said.signal != ledger::Signal::kNone || !said.labels()) return true;
    newest_ = std::max(newest_, said.id);
    const base::WallTime judges_until = said.id.time() + judging.judge_for;
    const bool of_slice = said.slice > 0 && now < judges_until;
    if (of_slice) next_change_ = std::min(next_change_, judges_until);
    if (said.golden || of_slice) {
      judged.insert(about.text_hash);
    } else if (has_words(about)) {
      out.push_back({said.id, said.decision, said.who, said.no_category ? "" : said.category, about.text_hash});
    }
    return true;
  }));
  std::erase_if(out, [&](const Label& one) { return judged.contains(one.text_hash); });
  return out;
}

// What the memory would keep of them, by the same rules, before any text is read: of one source's words about one text
// the last, and no more texts than its part, or all, may be.
std::vector<CorrectionReader::Label> CorrectionReader::newest_of(std::vector<Label> all) const {
  const auto most = static_cast<std::size_t>(options_.source_share * static_cast<double>(options_.capacity));
  std::unordered_map<std::uint64_t, std::unordered_set<std::string>> heard;  // sources, by text
  std::unordered_map<std::string, std::size_t> held;                         // texts, by source
  std::vector<Label> out;
  for (auto one = all.rbegin(); one != all.rend(); ++one) {
    const auto known = heard.find(one->text_hash);
    if (known == heard.end()) {
      std::size_t& part = held[is_trusted(one->who) ? one->who : std::string("strangers")];
      if (heard.size() >= options_.capacity || part >= most) continue;
      ++part;
      heard[one->text_hash].insert(one->who);
    } else if (!known->second.insert(one->who).second) {
      continue;  // it said something else since
    }
    out.push_back(std::move(*one));
  }
  return out;
}

// Of those that are not known yet; forgets the others.
Result<void> CorrectionReader::trace(ledger::FeedbackStore& store, const std::vector<Label>& labels) {
  std::map<base::Uuid, classify::TextTrace> traces;
  for (const Label& one : labels) {
    if (traces.contains(one.decision)) continue;
    if (const auto known = traces_.find(one.decision); known != traces_.end()) {
      traces.insert(traces_.extract(known));
      continue;
    }
    PM_TRY(const std::optional<Entry> about, store.sample(one.decision));
    if (!about || !has_words(*about)) continue;
    if (auto trace = trace_of_entry(*about, extractor_)) traces.emplace(one.decision, std::move(*trace));
  }
  traces_ = std::move(traces);
  return {};
}

}  // namespace pointsman::cli
