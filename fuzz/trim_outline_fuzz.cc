// links: pm_wire
// parses: wire/*/outline wire/trimmed_body
// Outlines of any bytes in any protocol: no crash, and where one is read and a plan made of it, the trimmed body is
// JSON, reads again, and holds exactly the items that the plan keeps.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "json/document.h"
#include "wire/removed_part.h"
#include "wire/trimmed_body.h"

namespace {

using namespace pointsman;

void require(bool good) {
  if (!good) std::abort();
}

// Results with a call, in the items that are kept; their calls are kept, too.
std::size_t pairs(const llm::Outline& outline, const llm::TrimPlan& plan = {}) {
  std::vector<bool> removed(outline.items.size());
  for (const std::uint32_t item : plan.removed) removed[item] = true;
  std::size_t out = 0;
  for (const llm::OutlineResult& one : outline.results) {
    if (one.call == llm::kNoIndex) continue;
    require(removed[one.item] == removed[outline.calls[one.call].item]);
    out += !removed[one.item];
  }
  return out;
}

// A byte is a token.
void trim(llm::Protocol protocol, std::string_view body, const llm::Outline& outline, const llm::TrimRules& rules) {
  static json::Document document;
  static json::Splices edits;
  std::vector<std::int64_t> items, results;
  for (const llm::OutlineItem& item : outline.items) {
    require(item.bytes.begin < item.bytes.end && item.bytes.end <= body.size());
    items.push_back(static_cast<std::int64_t>(item.bytes.end - item.bytes.begin));
  }
  for (const llm::OutlineResult& one : outline.results) {
    results.push_back(static_cast<std::int64_t>(one.content.end - one.content.begin));
  }
  const llm::TrimPlan plan = llm::plan_trim(
      outline, {.items = items, .results = results, .note = llm::kTrimNote.size() + 2, .fixed = 0}, rules);
  require(!plan.fits || plan.tokens_after <= rules.limit);
  require(plan.fits || !plan.changes());
  require(!llm::describe(plan).empty());
  require(wire::splice_trim(body, outline, plan, "sum", edits).has_value());
  const std::string trimmed = edits.to_string();
  require(document.validate(trimmed).has_value());
  llm::Outline again;
  require(wire::read_outline(protocol, trimmed, document, again).has_value());
  require(again.items.size() == outline.items.size() - plan.removed.size());
  require(pairs(again) == pairs(outline, plan));
  const auto told = wire::removed_part(body, outline, plan, 300, document);
  require(told.has_value() && told->text.size() <= 300);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  static constexpr llm::Protocol kProtocols[] = {llm::Protocol::kChatCompletions, llm::Protocol::kResponses,
                                                 llm::Protocol::kMessages};
  const std::string body(reinterpret_cast<const char*>(data), size);
  static json::Document document;
  for (const llm::Protocol protocol : kProtocols) {
    llm::Outline outline;
    if (!wire::read_outline(protocol, body, document, outline)) {
      require(outline.items.empty());
      continue;
    }
    for (const std::int64_t share : {8, 4, 2, 1}) {
      const auto limit = static_cast<std::int64_t>(size) / share;
      trim(protocol, body, outline, {.limit = limit, .low_water = 0.5, .summary = share == 2 ? 100 : 0});
    }
  }
  return 0;
}
