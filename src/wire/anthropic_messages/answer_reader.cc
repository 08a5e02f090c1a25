#include "wire/anthropic_messages/answer_reader.h"

#include <utility>

#include "wire/anthropic_messages/content_walk.h"
#include "wire/anthropic_messages/stop_reason.h"
#include "wire/anthropic_messages/usage.h"

namespace pointsman::wire::anthropic_messages {
namespace {

enum Member : std::size_t {
  kType,
  kId,
  kModel,
  kContent,
  kStopReason,
  kStopSequence,
  kUsage,
  kRole,
  kStopDetails,
  kContextManagement,
  kMemberCount,
};
constexpr std::array<std::string_view, kMemberCount> kNames = {
    "type",          "id",    "model", "content",      "stop_reason",
    "stop_sequence", "usage", "role",  "stop_details", "context_management"};

class AnswerReading final : private ContentWalk {
 public:
  AnswerReading(std::string_view body, json::Document& document, llm::Answer& out)
      : ContentWalk(body, Citations::kNew), document_(document), out_(out), choice_(out.choices.emplace_back()) {}

  base::Result<llm::Losses> run() {
    cursor_ = document_.root();
    if (expect('{', "the body must be a JSON object")) members();
    if (error_) return base::fail(*std::move(error_));
    if (!cursor_.finished()) return base::fail(document_.error());
    out_.usage = usage_.total();
    return losses_.take();
  }

 private:
  void members() {
    std::uint32_t seen = 0;
    for (bool more = cursor_.enter_object(); more; more = cursor_.next_member()) {
      const std::size_t member = member_index(cursor_, kNames);
      if (member == kMemberCount) {
        lose_unknown_member();
        continue;
      }
      const Pointer::Step step(pointer_, kNames[member]);
      if (once(seen, member, kNames[member])) read(member);
    }
    require(seen, kContent, kNames[kContent]);
  }

  void read(std::size_t member) {
    std::string name;
    switch (member) {
      case kType:
        text(name);
        if (name != "message") refuse("is not \"message\"");
        return;
      case kId:
        return text(out_.id);
      case kModel:
        return text(out_.model);
      case kContent:
        return content(choice_.parts);
      case kStopReason:
        text(name);
        choice_.stop = stop_reason_from(name);
        if (choice_.stop == llm::StopReason::kUnknown && !name.empty()) losses_.minor("stop_reason: " + name);
        return;
      case kStopSequence:
        return text(choice_.stop_sequence);
      case kUsage:
        return usage_.read(cursor_);
      case kRole:
        return cursor_.skip();
      default:  // why it refused, what was cleared from the prompt: the answer stays what it is
        lose(kNames[member], true);
    }
  }

  json::Document& document_;
  llm::Answer& out_;
  llm::Choice& choice_;
  UsageReport usage_;
};

// Whatever is wrong with an answer is its provider's fault.
base::Error blamed(const base::Error& error) {
  return base::Error(error.code(), error.message(), base::Origin::kUpstream, base::Retry::kOtherTarget)
      .at(error.place());
}

}  // namespace

base::Result<llm::Losses> read_whole_answer(std::string_view body, json::Document& document, llm::Answer& out) {
  out = {};
  if (const auto opened = document.open(body); !opened) return base::fail(blamed(opened.error()));
  auto result = AnswerReading(body, document, out).run();
  document.close();
  if (!result) return base::fail(blamed(result.error()));
  return result;
}

}  // namespace pointsman::wire::anthropic_messages
