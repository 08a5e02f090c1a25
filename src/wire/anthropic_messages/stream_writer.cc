#include "wire/anthropic_messages/stream_writer.h"

#include <algorithm>
#include <deque>
#include <string>
#include <utility>

#include "json/text.h"
#include "wire/anthropic_messages/block_writer.h"
#include "wire/anthropic_messages/error_body.h"
#include "wire/anthropic_messages/stop_reason.h"
#include "wire/anthropic_messages/stream_frames.h"
#include "wire/anthropic_messages/unsigned_thinking.h"
#include "wire/anthropic_messages/usage.h"
#include "wire/loss_set.h"

namespace pointsman::wire::anthropic_messages {
namespace {

using llm::PartKind;
using llm::StreamEvent;
using llm::StreamEventKind;

// A call of a tool with free text, as the object {"input": text}.
constexpr std::string_view kFreeTextBegin = R"({"input":")";
constexpr std::string_view kFreeTextEnd = R"("})";

class Writer final : public llm::StreamWriter {
 public:
  explicit Writer(const llm::AnswerContext& context)
      : own_id_("msg_" + std::string(context.id)),
        own_call_("call_" + std::string(context.id) + "_"),
        own_model_(context.model) {}

  void take(const StreamEvent& event) override;
  std::string& out() override { return out_; }
  const llm::Losses& losses() const override { return losses_.all(); }

 private:
  // A part that is open, or that waits behind one that is. What waits is kept in the order text, signature, sealed.
  struct Part {
    std::uint32_t number = 0;
    PartKind kind = PartKind::kText;
    bool custom = false;
    bool skipped = false;  // a kind that no block holds
    bool open = false;     // its block's start is written, its stop is not
    bool written = false;  // anything of it is written
    bool proven = false;   // the open block's signature is written
    bool ended = false;    // no more comes
    std::string id;
    std::string name;
    std::string text;
    std::string signature;
    std::string opaque;
  };

  void begin(const StreamEvent& event);
  void part_begin(const StreamEvent& event);
  void piece(const StreamEvent& event);
  void part_end(const StreamEvent& event);
  void end();
  void fail(const llm::AnswerError& error);
  Part* find(std::uint32_t number);

  // All of these are about the first part, the one whose block may be open.
  void start();
  void flush();
  void put(StreamEventKind kind, bool opaque, std::string_view text);
  void put_reasoning(StreamEventKind kind, bool opaque, std::string_view text);
  void open_thinking();
  void stop_thinking();
  void stop_block();
  void close();
  void advance();

  std::string own_id_;
  std::string own_call_;  // with a part's number: the id of a call that has none
  std::string own_model_;
  std::string out_;
  StreamFrames frames_{out_};
  LossSet losses_;
  std::deque<Part> parts_;
  std::size_t held_ = 0;     // bytes that wait
  std::uint32_t index_ = 0;  // of the next block, or of the open one
  llm::Usage usage_;
  llm::StopReason stop_ = llm::StopReason::kUnknown;
  std::string stop_sequence_;
  std::string scratch_;
  bool begun_ = false;
  bool stopped_ = false;
  bool has_call_ = false;
  bool has_refusal_ = false;
  bool finished_ = false;
};

void Writer::take(const StreamEvent& event) {
  if (finished_) return;
  if (event.choice != 0) return losses_.major("choices: only the first is given");
  if (event.usage != nullptr) usage_ = *event.usage;
  if (event.kind == StreamEventKind::kError) {
    return fail(event.error != nullptr ? *event.error : llm::AnswerError());
  }
  begin(event);
  switch (event.kind) {
    case StreamEventKind::kPartBegin:
      return part_begin(event);
    case StreamEventKind::kText:
    case StreamEventKind::kSignature:
      return piece(event);
    case StreamEventKind::kPartEnd:
      return part_end(event);
    case StreamEventKind::kLogprobs:
      return losses_.minor("logprobs");
    case StreamEventKind::kStop:
      if (std::exchange(stopped_, true)) return;
      stop_ = event.stop;
      stop_sequence_ = event.text;
      return;
    case StreamEventKind::kEnd:
      return end();
    default:
      return;
  }
}

void Writer::begin(const StreamEvent& event) {
  if (std::exchange(begun_, true)) return;
  const bool names = event.kind == StreamEventKind::kBegin;
  const std::string_view id = names ? event.id : std::string_view();
  const std::string_view model = names ? event.name : std::string_view();
  frames_.message_start(id.empty() ? own_id_ : id, model.empty() ? own_model_ : model, usage_);
}

Writer::Part* Writer::find(std::uint32_t number) {
  const auto at =
      std::ranges::find_if(parts_, [number](const Part& one) { return one.number == number && !one.ended; });
  return at == parts_.end() ? nullptr : &*at;
}

void Writer::part_begin(const StreamEvent& event) {
  if (parts_.size() >= kMostBlocks) {
    return fail({"too many parts of the answer are open at the same time", "api_error", ""});
  }
  Part& part = parts_.emplace_back();
  part.number = event.part;
  part.kind = event.part_kind;
  part.custom = event.custom;
  part.id = event.id.empty() ? own_call_ + std::to_string(event.part) : call_id(event.id);
  part.name = event.name;
  has_call_ = has_call_ || part.kind == PartKind::kToolCall;
  has_refusal_ = has_refusal_ || part.kind == PartKind::kRefusal;
  part.skipped = part.kind == PartKind::kAudio || part.kind == PartKind::kImage || part.kind == PartKind::kFile ||
                 part.kind == PartKind::kToolResult;
  if (part.skipped) losses_.major(part.kind == PartKind::kAudio ? "audio" : "a part that no block can hold");
  if (part.custom) losses_.major("a call with free text is given as {\"input\": text}");
  if (parts_.size() == 1) start();
}

void Writer::piece(const StreamEvent& event) {
  Part* const part = find(event.part);
  if (part == nullptr) return losses_.major("a piece of a part that was never begun");
  if (part->skipped || event.text.empty()) return;
  const bool signature = event.kind == StreamEventKind::kSignature;
  if (signature && part->kind != PartKind::kReasoning) return losses_.minor("a signature of what is no reasoning");
  if (part == &parts_.front()) return put(event.kind, event.opaque, event.text);
  held_ += event.text.size();
  if (held_ > kMostHeld) return fail({"the parts of the answer interleave too far to be held back", "api_error", ""});
  std::string& waits = !signature ? part->text : event.opaque ? part->opaque : part->signature;
  waits += event.text;
}

void Writer::part_end(const StreamEvent& event) {
  Part* const part = find(event.part);
  if (part == nullptr) return;
  part->ended = true;
  advance();
}

// Closes parts that have ended, from the first on, and begins the one behind them.
void Writer::advance() {
  while (!parts_.empty() && parts_.front().ended) {
    close();
    parts_.pop_front();
    if (parts_.empty()) return;
    start();
    flush();
  }
}

void Writer::start() {
  Part& part = parts_.front();
  if (part.skipped || part.kind == PartKind::kReasoning) return;  // reasoning may turn out to be sealed
  if (part.kind == PartKind::kToolCall) {
    frames_.call_start(index_, part.id, part.name);
    if (part.custom) frames_.delta(index_, "input_json_delta", "partial_json", kFreeTextBegin);
  } else {
    frames_.text_start(index_);
  }
  part.open = part.written = true;
}

// Writes what the first part gathered while it waited.
void Writer::flush() {
  Part& part = parts_.front();
  held_ -= part.text.size() + part.signature.size() + part.opaque.size();
  if (!part.text.empty()) put(StreamEventKind::kText, false, std::exchange(part.text, {}));
  if (!part.signature.empty()) put(StreamEventKind::kSignature, false, std::exchange(part.signature, {}));
  if (!part.opaque.empty()) put(StreamEventKind::kSignature, true, std::exchange(part.opaque, {}));
}

void Writer::put(StreamEventKind kind, bool opaque, std::string_view text) {
  const Part& part = parts_.front();
  if (part.kind == PartKind::kReasoning) return put_reasoning(kind, opaque, text);
  if (part.kind != PartKind::kToolCall) return frames_.delta(index_, "text_delta", "text", text);
  if (part.custom) {
    scratch_.clear();
    json::escape(text, scratch_);
    text = scratch_;
  }
  frames_.delta(index_, "input_json_delta", "partial_json", text);
}

// Sealed content is a block of its own, whole in its start event.
void Writer::put_reasoning(StreamEventKind kind, bool opaque, std::string_view text) {
  Part& part = parts_.front();
  if (opaque) {
    if (part.open) stop_thinking();
    frames_.redacted_start(index_, text);
    part.written = true;
    return stop_block();
  }
  if (!part.open) open_thinking();
  if (kind == StreamEventKind::kSignature) {
    part.proven = true;
    return frames_.delta(index_, "signature_delta", "signature", text);
  }
  frames_.delta(index_, "thinking_delta", "thinking", text);
}

void Writer::open_thinking() {
  frames_.thinking_start(index_);
  parts_.front().open = parts_.front().written = true;
}

void Writer::stop_thinking() {
  if (!std::exchange(parts_.front().proven, false)) frames_.delta(index_, "signature_delta", "signature", kUnsigned);
  stop_block();
}

void Writer::stop_block() {
  frames_.block_stop(index_++);
  parts_.front().open = false;
}

void Writer::close() {
  Part& part = parts_.front();
  if (part.skipped) return;
  if (part.kind == PartKind::kReasoning && !part.written) open_thinking();
  if (part.custom) frames_.delta(index_, "input_json_delta", "partial_json", kFreeTextEnd);
  if (part.open) part.kind == PartKind::kReasoning ? stop_thinking() : stop_block();
}

void Writer::end() {
  for (Part& part : parts_) part.ended = true;
  advance();
  if (!usage_.known()) losses_.minor(kUsageLoss);
  frames_.message_delta(completed(stop_, has_call_, has_refusal_), stop_sequence_, usage_);
  frames_.message_stop();
  finished_ = true;
}

void Writer::fail(const llm::AnswerError& error) {
  write_provider_error_event(error, out_);
  finished_ = true;
}

}  // namespace

std::unique_ptr<llm::StreamWriter> make_stream_writer(const llm::AnswerContext& context) {
  return std::make_unique<Writer>(context);
}

}  // namespace pointsman::wire::anthropic_messages
