#include "wire/trimmed_body.h"

#include <string>

#include "json/text.h"
#include "wire/anthropic_messages/outline.h"
#include "wire/openai_chat/outline.h"
#include "wire/openai_responses/outline.h"

namespace pointsman::wire {
namespace {

using llm::Outline;
using llm::TrimPlan;

// Goes through the items once and adds the edits in the order of the body.
class Trimming {
 public:
  Trimming(std::string_view body, const Outline& outline, const TrimPlan& plan, std::string_view summary,
           json::Splices& edits)
      : body_(body), outline_(outline), plan_(plan), summary_(summary), edits_(edits) {}

  bool run() {
    for (std::uint32_t i = 0; i < outline_.items.size(); ++i) {
      if (next_removed_ < plan_.removed.size() && plan_.removed[next_removed_] == i) {
        if (!remove_run(i)) return false;
        continue;
      }
      if (i == plan_.summary_item && !summary_.empty() && !insert_summary(outline_.items[i].content.begin))
        return false;
      if (!mask_results_of(i)) return false;
    }
    return next_removed_ == plan_.removed.size() && next_masked_ == plan_.masked.size();
  }

 private:
  // Removes the run of items that begins at `i`, which becomes its last one.
  bool remove_run(std::uint32_t& i) {
    const std::uint32_t first = i;
    ++next_removed_;
    while (next_removed_ < plan_.removed.size() && plan_.removed[next_removed_] == i + 1) {
      ++i;
      ++next_removed_;
    }
    const bool last_of_all = i + 1 >= outline_.items.size();
    if (first == 0 && last_of_all) return false;  // somebody must be left to answer
    const std::size_t begin = first == 0 ? outline_.items[0].bytes.begin : outline_.items[first - 1].bytes.end;
    const std::size_t end = first == 0 ? outline_.items[i + 1].bytes.begin : outline_.items[i].bytes.end;
    return edits_.replace(begin, end, {});
  }

  bool mask_results_of(std::uint32_t item) {
    while (next_masked_ < plan_.masked.size()) {
      const std::uint32_t index = plan_.masked[next_masked_];
      if (index >= outline_.results.size()) return false;
      const llm::OutlineResult& result = outline_.results[index];
      if (result.item != item) return true;
      if (result.content.empty()) return false;
      if (!edits_.replace_string(result.content.begin, result.content.end, llm::kTrimNote)) return false;
      ++next_masked_;
    }
    return true;
  }

  bool insert_summary(std::size_t content) {
    if (content + 1 >= body_.size()) return false;
    std::string text;
    json::escape(kSummaryHead, text);
    json::escape(summary_, text);
    if (body_[content] == '"') return edits_.replace(content + 1, content + 1, text + "\\n\\n");
    if (body_[content] != '[') return false;
    const std::string_view type = outline_.protocol == llm::Protocol::kResponses ? "input_text" : "text";
    std::string part = R"({"type":")";
    part.append(type).append(R"(","text":")").append(text).append(R"("},)");
    return edits_.replace(content + 1, content + 1, part);
  }

  std::string_view body_;
  const Outline& outline_;
  const TrimPlan& plan_;
  std::string_view summary_;
  json::Splices& edits_;
  std::size_t next_removed_ = 0;
  std::size_t next_masked_ = 0;
};

}  // namespace

base::Result<void> read_outline(llm::Protocol protocol, std::string_view body, json::Document& document, Outline& out) {
  switch (protocol) {
    case llm::Protocol::kChatCompletions:
      return openai_chat::read_outline(body, document, out);
    case llm::Protocol::kResponses:
      return openai_responses::read_outline(body, document, out);
    case llm::Protocol::kMessages:
      return anthropic_messages::read_outline(body, document, out);
    default:
      out.clear();
      return base::fail(base::ErrorCode::kUnsupported, "a request without a conversation cannot be trimmed",
                        base::Origin::kClient);
  }
}

base::Result<void> splice_trim(std::string_view body, const Outline& outline, const TrimPlan& plan,
                               std::string_view summary, json::Splices& edits) {
  edits.reset(body);
  if (Trimming(body, outline, plan, summary, edits).run()) return {};
  edits.reset(body);
  return base::fail(base::ErrorCode::kInvalidArgument, "the plan is not one for this body");
}

}  // namespace pointsman::wire
