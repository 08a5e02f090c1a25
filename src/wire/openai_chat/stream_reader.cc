#include "wire/openai_chat/stream_reader.h"

#include <algorithm>
#include <deque>

#include "wire/nesting.h"
#include "wire/openai_chat/answer.h"
#include "wire/openai_chat/choice_reader.h"
#include "wire/openai_chat/error_reader.h"
#include "wire/openai_chat/weight.h"

namespace pointsman::wire::openai_chat {
namespace {

using llm::StreamEventKind;

constexpr std::int64_t kMostChoices = 128;  // openapi.yaml: n

enum Member : std::size_t { kId, kModel, kCreated, kChoices, kUsage, kError, kGroq, kMemberCount };
constexpr std::array<std::string_view, kMemberCount> kNames = {"id",    "model", "created", "choices",
                                                               "usage", "error", "x_groq"};

enum ChoiceMember : std::size_t {
  kIndex,
  kDelta,
  kMessage,
  kFinishReason,
  kLogprobs,
  kStopReason,
  kChoiceError,
  kChoiceCount
};
constexpr std::array<std::string_view, kChoiceCount> kChoiceNames = {
    "index", "delta", "message", "finish_reason", "logprobs", "stop_reason", "error"};

class Reader final : public llm::StreamReader {
 public:
  explicit Reader(json::Document& document) : document_(document) {}

  void read(const llm::SseEvent& event, llm::StreamSink& sink) override;
  void finish(llm::StreamSink& sink) override;
  bool done() const override { return done_; }
  bool malformed() const override { return malformed_; }
  const llm::Losses& losses() const override { return losses_.all(); }

 private:
  void chunk(const JsonValue& value, bool is_error, llm::StreamSink& sink);
  void begin(const std::array<JsonValue, kMemberCount>& members, llm::StreamSink& sink);
  void choice(const JsonValue& value, llm::StreamSink& sink);
  void logprobs(const JsonValue& value, std::uint32_t choice, llm::StreamSink& sink);
  void usage(const JsonValue& value, llm::StreamSink& sink);
  void fail(const JsonValue& body, llm::StreamSink& sink);
  void stop_finished(llm::StreamSink& sink);
  void end(llm::StreamSink& sink);

  json::Document& document_;
  std::deque<ChoiceReader> choices_;  // by index
  LossSet losses_;
  bool begun_ = false;
  bool done_ = false;
  bool over_ = false;  // kEnd or kError went out
  bool malformed_ = false;
};

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && static_cast<unsigned char>(text.front()) <= ' ') text.remove_prefix(1);
  while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') text.remove_suffix(1);
  return text;
}

void Reader::read(const llm::SseEvent& event, llm::StreamSink& sink) {
  if (over_ || done_) return;
  if (event.oversize) {
    malformed_ = true;
    return note_loss(losses_, "an event that is too long", Weight::kReal);
  }
  const std::string_view data = trimmed(event.data);
  if (data.empty()) return;
  if (data == "[DONE]") {
    done_ = true;
    return end(sink);
  }
  if (const auto root = JsonValue::open(data, document_); root && root->is_object()) {
    chunk(*root, event.name == "error", sink);
  } else {
    malformed_ = true;
  }
  document_.close();
}

void Reader::chunk(const JsonValue& value, bool is_error, llm::StreamSink& sink) {
  const auto members =
      members_of(value, kNames, [this](const json::RawString& name, const JsonValue& other, bool known) {
        if (!known && !other.empty_container()) note_unknown(name, losses_);
      });
  if (is_error && !members[kChoices]) return fail(value, sink);
  const bool no_choices = !members[kChoices].is_array() || members[kChoices].empty_container();
  const JsonValue groq = members_of(members[kGroq], std::array<std::string_view, 1>{"usage"})[0];
  const JsonValue& report = members[kUsage].is_object() ? members[kUsage] : groq;
  if (no_choices && !report && !members[kError]) return;
  begin(members, sink);
  members[kChoices].elements([this, &sink](const JsonValue& one, std::uint64_t) {
    if (one.is_object() && !over_) choice(one, sink);
  });
  if (over_) return;
  if (no_choices && report) stop_finished(sink);
  if (report.is_object()) usage(report, sink);
  if (members[kError]) fail(value, sink);
}

void Reader::begin(const std::array<JsonValue, kMemberCount>& members, llm::StreamSink& sink) {
  if (begun_) return;
  begun_ = true;
  const std::string id = members[kId].string();
  const std::string model = members[kModel].string();
  llm::StreamEvent out;
  out.kind = StreamEventKind::kBegin;
  out.id = id;
  out.name = model;
  out.created = members[kCreated].integer().value_or(0);
  sink.take(out);
}

void Reader::choice(const JsonValue& value, llm::StreamSink& sink) {
  const auto members =
      members_of(value, kChoiceNames, [this](const json::RawString& name, const JsonValue& other, bool known) {
        if (!known && !other.empty_container()) note_unknown(name, losses_);
      });
  const std::int64_t index = members[kIndex].integer().value_or(0);
  if (index < 0 || index >= kMostChoices) {
    return note_loss(losses_, "a choice of number " + std::to_string(index), Weight::kReal);
  }
  while (static_cast<std::int64_t>(choices_.size()) <= index) {
    choices_.emplace_back(static_cast<std::uint32_t>(choices_.size()));
  }
  ChoiceReader& choice = choices_[static_cast<std::size_t>(index)];
  choice.see();
  if (members[kDelta].is_object()) {
    choice.take(read_delta(members[kDelta], losses_), sink, losses_);
  } else if (members[kMessage].is_object() && choice.empty()) {
    choice.take(read_delta(members[kMessage], losses_), sink, losses_);
  }
  logprobs(members[kLogprobs], static_cast<std::uint32_t>(index), sink);
  if (!members[kFinishReason].raw_string().raw.empty()) {
    choice.set_stop(read_stop(members[kFinishReason], members[kStopReason], losses_));
  }
  if (members[kChoiceError] && !over_) fail(value, sink);
}

void Reader::logprobs(const JsonValue& value, std::uint32_t choice, llm::StreamSink& sink) {
  const auto members = members_of(value, std::array<std::string_view, 2>{"content", "refusal"});
  for (const std::size_t i : {0U, 1U}) {
    if (!members[i].is_array() || members[i].empty_container()) continue;
    if (nests_deeper(members[i].json(), kLogprobLevels)) {
      note_loss(losses_, "logprobs", Weight::kMinor);
      continue;
    }
    llm::StreamEvent out;
    out.kind = StreamEventKind::kLogprobs;
    out.choice = choice;
    out.part_kind = i == 0 ? llm::PartKind::kText : llm::PartKind::kRefusal;
    out.text = members[i].json();
    sink.take(out);
  }
}

void Reader::usage(const JsonValue& value, llm::StreamSink& sink) {
  llm::Usage usage;
  json::Cursor cursor = value.cursor();
  read_usage(cursor, usage);
  llm::StreamEvent out;
  out.kind = StreamEventKind::kUsage;
  out.usage = &usage;
  sink.take(out);
}

void Reader::fail(const JsonValue& body, llm::StreamSink& sink) {
  const llm::AnswerError error = error_of(body);
  llm::StreamEvent out;
  out.kind = StreamEventKind::kError;
  out.error = &error;
  over_ = true;
  sink.take(out);
}

void Reader::stop_finished(llm::StreamSink& sink) {
  for (ChoiceReader& choice : choices_) {
    if (choice.finished()) choice.stop(sink);
  }
}

void Reader::end(llm::StreamSink& sink) {
  begin({}, sink);
  for (ChoiceReader& choice : choices_) {
    if (choice.seen()) choice.stop(sink);
  }
  over_ = true;
  sink.take({});
}

void Reader::finish(llm::StreamSink& sink) {
  if (over_ || choices_.empty() || malformed_) return;
  const auto whole = [](const ChoiceReader& choice) { return choice.finished() || !choice.seen(); };
  if (std::ranges::all_of(choices_, whole)) end(sink);
}

}  // namespace

std::unique_ptr<llm::StreamReader> make_stream_reader(json::Document& document) {
  return std::make_unique<Reader>(document);
}

}  // namespace pointsman::wire::openai_chat
