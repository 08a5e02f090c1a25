#include "wire/openai_chat/answer_reader.h"

#include <algorithm>
#include <utility>

#include "wire/nesting.h"
#include "wire/openai_chat/answer.h"
#include "wire/openai_chat/answer_parts.h"
#include "wire/openai_chat/error_reader.h"
#include "wire/openai_chat/stop_reason.h"
#include "wire/openai_chat/weight.h"

namespace pointsman::wire::openai_chat {
namespace {

enum Member : std::size_t { kId, kModel, kCreated, kChoices, kUsage, kError, kMemberCount };
constexpr std::array<std::string_view, kMemberCount> kNames = {"id", "model", "created", "choices", "usage", "error"};

enum ChoiceMember : std::size_t { kIndex, kMessage, kFinishReason, kLogprobs, kStopReason, kChoiceError, kChoiceCount };
constexpr std::array<std::string_view, kChoiceCount> kChoiceNames = {"index",    "message",     "finish_reason",
                                                                     "logprobs", "stop_reason", "error"};

constexpr std::uint64_t kMostChoices = 128;  // openapi.yaml: n

base::Error bad_answer(base::ErrorCode code, std::string message) {
  return {code, std::move(message), base::Origin::kUpstream, base::Retry::kOtherTarget};
}

void read_message(const JsonValue& value, llm::Choice& out, LossSet& losses) {
  DeltaPieces pieces = read_delta(value, losses);
  for (ReasoningPiece& piece : pieces.reasoning) out.parts.push_back(std::move(piece.part));
  if (!pieces.content.empty()) out.parts.emplace_back().text = std::move(pieces.content);
  if (!pieces.refusal.empty()) {
    llm::Part& part = out.parts.emplace_back();
    part.kind = llm::PartKind::kRefusal;
    part.text = std::move(pieces.refusal);
  }
  for (ToolCallPiece& call : pieces.calls) out.parts.push_back(std::move(call.part));
}

struct Numbered {
  std::int64_t index = 0;
  std::uint64_t position = 0;
  llm::Choice choice;
};

Numbered read_choice(const JsonValue& value, std::uint64_t position, LossSet& losses) {
  const auto members =
      members_of(value, kChoiceNames, [&losses](const json::RawString& name, const JsonValue& other, bool known) {
        if (!known && !other.empty_container()) note_unknown(name, losses);
      });
  Numbered out;
  out.position = position;
  out.index = members[kIndex].integer().value_or(static_cast<std::int64_t>(position));
  read_message(members[kMessage], out.choice, losses);
  const auto has = [&out](llm::PartKind kind) {
    return std::ranges::count(out.choice.parts, kind, &llm::Part::kind) > 0;
  };
  const StopText stop = read_stop(members[kFinishReason], members[kStopReason], losses);
  out.choice.stop = settle_stop(stop.reason, has(llm::PartKind::kToolCall), has(llm::PartKind::kRefusal));
  out.choice.stop_sequence = stop.sequence;
  if (members[kLogprobs].is_object()) {
    const std::string_view logprobs = members[kLogprobs].json();
    const bool deep = nests_deeper(logprobs, kLogprobLevels + 1);
    if (deep) note_loss(losses, "logprobs", Weight::kMinor);
    if (!deep) out.choice.logprobs = logprobs;
  }
  return out;
}

void read_choices(const JsonValue& value, llm::Answer& out, LossSet& losses) {
  std::vector<Numbered> choices;
  value.elements([&](const JsonValue& choice, std::uint64_t position) {
    if (choice.is_object() && position < kMostChoices) choices.push_back(read_choice(choice, position, losses));
  });
  std::ranges::sort(choices, {}, [](const Numbered& one) { return std::pair(one.index, one.position); });
  for (Numbered& one : choices) out.choices.push_back(std::move(one.choice));
}

// OpenRouter reports what the provider behind it did not finish inside of the choice.
JsonValue failed_choice(const JsonValue& choices) {
  JsonValue out;
  choices.elements([&out](const JsonValue& choice, std::uint64_t) {
    if (!out && members_of(choice, std::array<std::string_view, 1>{"error"})[0]) out = choice;
  });
  return out;
}

base::Result<llm::Losses> read(const JsonValue& body, llm::Answer& out) {
  LossSet losses;
  const auto members = members_of(body, kNames, [&](const json::RawString& name, const JsonValue& value, bool known) {
    if (name.is("service_tier") && value.is_string()) out.usage.tier = llm::service_tier_from(value.string());
    if (!known && !value.empty_container()) note_unknown(name, losses);
  });
  out.id = members[kId].string();
  out.model = members[kModel].string();
  out.created = members[kCreated].integer().value_or(0);
  if (const JsonValue failed = failed_choice(members[kChoices])) {
    return base::fail(bad_answer(base::ErrorCode::kUpstreamStatus, error_of(failed).message));
  }
  read_choices(members[kChoices], out, losses);
  if (members[kUsage].is_object()) {
    json::Cursor cursor = members[kUsage].cursor();
    read_usage(cursor, out.usage);
  }
  if (members[kError]) {
    return base::fail(bad_answer(base::ErrorCode::kUpstreamStatus, error_of(body).message));
  }
  if (out.choices.empty()) {
    return base::fail(bad_answer(base::ErrorCode::kCorrupt, "the provider's answer holds no choices"));
  }
  return losses.take();
}

}  // namespace

base::Result<llm::Losses> read_whole_answer(std::string_view body, json::Document& document, llm::Answer& out) {
  out = {};
  const auto root = JsonValue::open(body, document);
  base::Result<llm::Losses> result =
      root && root->is_object()
          ? read(*root, out)
          : base::fail(bad_answer(base::ErrorCode::kParse, "the provider's answer is not a JSON object"));
  document.close();
  return result;
}

}  // namespace pointsman::wire::openai_chat
