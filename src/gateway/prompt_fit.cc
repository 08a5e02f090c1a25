#include "gateway/prompt_fit.h"

#include <algorithm>

#include "json/text.h"
#include "vocabulary/vocabulary.h"
#include "wire/trimmed_body.h"

namespace pointsman::gateway {
namespace {

// The model whose way of counting everything is compared by.
constexpr std::string_view kMeasure = "gpt-4o";
// Tokens of the note in place of a masked result, at most: it has fewer than half as many letters.
constexpr std::int64_t kNoteTokens = static_cast<std::int64_t>(llm::kTrimNote.size()) / 2;

tokens::Vocabularies open_vocabularies() {
  tokens::Vocabularies out;
  // One that is not in this build is estimated instead, and the count says so.
  if (auto found = vocabulary::open("o200k_base")) out.o200k = std::move(*found);
  return out;
}

bool within(llm::ByteRange part, llm::ByteRange whole) {
  return part.begin >= whole.begin && part.end <= whole.end;
}

}  // namespace

PromptFit::PromptFit(std::uint64_t seed) : family_(tokens::family_of(kMeasure)), counter_(open_vocabularies(), seed) {}

tokens::PromptCount PromptFit::count(const llm::ChatRequest& request) {
  return counter_.count(request, family_);
}

bool PromptFit::proves_fit(const llm::ChatRequest& request, std::int64_t tokens) {
  static const tokens::Family kFamily = tokens::family_of(kMeasure);
  return tokens::proves_fit(request, kFamily, tokens);
}

std::int64_t PromptFit::count_part(const llm::ChatRequest& request, llm::ByteRange part) {
  part_.protocol = request.protocol;
  part_.body = request.body;
  part_.prompt.clear();
  for (const llm::PromptPiece& one : request.prompt) {
    if (within(one.bytes, part)) part_.prompt.push_back(one);
  }
  return counter_.count(part_, family_).tokens;
}

std::int64_t PromptFit::count_text(std::string_view text) {
  const llm::ByteRange all{0, text.size()};
  part_.protocol = llm::Protocol::kChatCompletions;
  part_.body = text;
  part_.prompt = {{.kind = llm::PieceKind::kMessage, .role = llm::PieceRole::kUser, .bytes = all},
                  {.kind = llm::PieceKind::kText, .form = llm::PieceForm::kPlain, .bytes = all}};
  return counter_.count(part_, family_).tokens;
}

std::string PromptFit::cut_to(std::string text, std::int64_t tokens) {
  constexpr std::string_view kCut = "...";
  constexpr double kShorter = 0.95;  // tokens are not spread evenly: a little more goes than should be enough
  std::int64_t counted = count_text(text);
  while (counted > tokens && !text.empty()) {
    const double share = kShorter * static_cast<double>(tokens) / static_cast<double>(counted);
    const auto room = static_cast<std::size_t>(static_cast<double>(text.size()) * share);
    const std::string_view kept = json::utf8_prefix(text, room > kCut.size() ? room - kCut.size() : 0);
    if (kept.empty()) return {};
    text = std::string(kept) + std::string(kCut);
    counted = count_text(text);
  }
  return text;
}

base::Result<llm::TrimPlan> PromptFit::plan(const llm::ChatRequest& request, const llm::TrimRules& rules,
                                            json::Document& document) {
  PM_CHECK(wire::read_outline(request.protocol, request.body, document, outline_));
  items_.clear();
  results_.clear();
  std::int64_t of_items = 0;
  for (const llm::OutlineItem& one : outline_.items) {
    items_.push_back(count_part(request, one.bytes));
    of_items += items_.back();
  }
  for (const llm::OutlineResult& one : outline_.results) {
    results_.push_back(one.content.empty() ? 0 : count_part(request, one.content));
  }
  // Each part was counted with the beginning of an answer of its own, so that the rest comes out low, and a plan keeps
  // a little more room than it must.
  const llm::TrimCounts counts{.items = items_,
                               .results = results_,
                               .note = kNoteTokens,
                               .fixed = std::max<std::int64_t>(0, counter_.count(request, family_).tokens - of_items)};
  return llm::plan_trim(outline_, counts, rules);
}

}  // namespace pointsman::gateway
