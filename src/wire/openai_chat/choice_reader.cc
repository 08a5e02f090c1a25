#include "wire/openai_chat/choice_reader.h"

#include <utility>

#include "wire/openai_chat/stop_reason.h"
#include "wire/openai_chat/weight.h"

namespace pointsman::wire::openai_chat {

using llm::PartKind;
using llm::StreamEventKind;

llm::StreamEvent ChoiceReader::event(StreamEventKind kind, std::uint32_t part, PartKind part_kind) const {
  llm::StreamEvent out;
  out.kind = kind;
  out.choice = choice_;
  out.part = part;
  out.part_kind = part_kind;
  return out;
}

void ChoiceReader::take(const DeltaPieces& pieces, llm::StreamSink& sink, LossSet& losses) {
  if (stopped_) {
    const bool speaks = !pieces.reasoning.empty() || !pieces.content.empty() || !pieces.calls.empty();
    if (speaks) note_loss(losses, "content behind the end of a choice", Weight::kReal);
    return;
  }
  for (const ReasoningPiece& piece : pieces.reasoning) think(piece, sink, losses);
  if (!pieces.content.empty()) say(PartKind::kText, pieces.content, sink);
  if (!pieces.refusal.empty()) {
    refused_ = true;
    say(PartKind::kRefusal, pieces.refusal, sink);
  }
  for (const ToolCallPiece& piece : pieces.calls) call(piece, sink, losses);
}

void ChoiceReader::set_stop(StopText stop) {
  if (stopped_) return;
  finished_ = true;
  stop_ = std::move(stop);
}

void ChoiceReader::begin(PartKind kind, const llm::Part& what, llm::StreamSink& sink) {
  close_open(sink);
  close_calls(sink, false);
  llm::StreamEvent out = event(StreamEventKind::kPartBegin, parts_++, kind);
  out.id = what.id;
  out.name = what.name;
  out.custom = what.custom;
  out.summary = what.summary;
  sink.take(out);
}

void ChoiceReader::say(PartKind kind, std::string_view text, llm::StreamSink& sink) {
  if (open_ != kind) {
    begin(kind, {}, sink);
    open_ = kind;
    open_part_ = parts_ - 1;
  }
  llm::StreamEvent out = event(StreamEventKind::kText, open_part_, kind);
  out.text = text;
  sink.take(out);
}

void ChoiceReader::think(const ReasoningPiece& piece, llm::StreamSink& sink, LossSet& losses) {
  const llm::Part& part = piece.part;
  const bool same_block = piece.block < 0 || open_block_ < 0 || piece.block == open_block_;
  const bool goes_on = open_ == PartKind::kReasoning && open_summary_ == part.summary && same_block;
  const bool only_signed = part.text.empty() && part.opaque.empty();
  if (!goes_on && only_signed && !(open_ == PartKind::kReasoning && same_block)) {
    // The block it proves is over: nothing to put it on.
    return note_loss(losses, "a late signature of reasoning", Weight::kMinor);
  }
  if (!goes_on && !only_signed) {
    begin(PartKind::kReasoning, part, sink);
    open_ = PartKind::kReasoning;
    open_part_ = parts_ - 1;
    open_summary_ = part.summary;
    open_block_ = piece.block;
  }
  if (open_block_ < 0) open_block_ = piece.block;
  if (!part.text.empty()) {
    llm::StreamEvent out = event(StreamEventKind::kText, open_part_, PartKind::kReasoning);
    out.text = part.text;
    out.summary = open_summary_;
    sink.take(out);
  }
  sign(part, sink);
}

void ChoiceReader::sign(const llm::Part& part, llm::StreamSink& sink) {
  llm::StreamEvent out = event(StreamEventKind::kSignature, open_part_, PartKind::kReasoning);
  out.text = part.signature;
  if (!part.signature.empty()) sink.take(out);
  out.text = part.opaque;
  out.opaque = true;
  if (!part.opaque.empty()) sink.take(out);
}

// The call that a piece belongs to; null: a new one.
ChoiceReader::Call* ChoiceReader::find_call(const ToolCallPiece& piece) {
  const llm::Part& said = piece.part;
  for (std::size_t i = calls_.size(); i-- > 0;) {
    Call& call = calls_[i];
    const bool last = i + 1 == calls_.size();
    const bool fits = piece.index ? call.index == piece.index : !said.id.empty() ? call.id == said.id : last;
    if (!fits) continue;
    // One index for all calls, or none at all: another id, or nothing but another name, begins another call; but not
    // while the arguments of this one go on, for some servers make up a new id for every piece.
    const bool renamed = !said.name.empty() && said.name != call.name;
    const bool other_id = !said.id.empty() && !call.id.empty() && said.id != call.id;
    const bool over = call.arguments.complete();
    const bool anew = !said.name.empty() && (other_id || (said.id.empty() && !piece.index));
    if (anew && (over || (call.arguments.empty() && renamed && !call.name.empty()))) return nullptr;
    return &call;
  }
  return nullptr;
}

void ChoiceReader::call(const ToolCallPiece& piece, llm::StreamSink& sink, LossSet& losses) {
  const llm::Part& said = piece.part;
  Call* call = find_call(piece);
  if (call == nullptr) {
    if (calls_.size() == kMaxCalls) return note_loss(losses, "more tool calls than can be followed", Weight::kReal);
    call = &calls_.emplace_back();
    call->index = piece.index;
  }
  if (call->id.empty()) call->id = said.id;
  if (call->name.empty()) call->name = said.name;
  call->custom = call->custom || said.custom;
  if (call->closed) {
    if (!said.arguments.empty()) note_loss(losses, "arguments behind the end of a tool call", Weight::kReal);
    return;
  }
  call->arguments.feed(said.arguments);
  if (!call->begun) {
    call->pending += said.arguments;
    if (call->name.empty() && call->pending.size() < kMaxPending) return;
    return begin_call(*call, sink);
  }
  if (said.arguments.empty()) return;
  llm::StreamEvent out = event(StreamEventKind::kText, call->part, PartKind::kToolCall);
  out.text = said.arguments;
  out.custom = call->custom;
  sink.take(out);
}

void ChoiceReader::begin_call(Call& call, llm::StreamSink& sink) {
  llm::Part what;
  what.id = call.id;
  what.name = call.name;
  what.custom = call.custom;
  begin(PartKind::kToolCall, what, sink);
  call.begun = true;
  call.part = parts_ - 1;
  llm::StreamEvent out = event(StreamEventKind::kText, call.part, PartKind::kToolCall);
  out.text = call.pending;
  out.custom = call.custom;
  if (!call.pending.empty()) sink.take(out);
  call.pending = {};
}

void ChoiceReader::close_open(llm::StreamSink& sink) {
  if (open_) sink.take(event(StreamEventKind::kPartEnd, open_part_, *open_));
  open_.reset();
  open_block_ = -1;
  open_summary_ = false;
}

// Those whose arguments are complete, or all. Others stay open: their arguments may come mixed.
void ChoiceReader::close_calls(llm::StreamSink& sink, bool all) {
  for (Call& call : calls_) {
    if (!call.begun || call.closed || !(all || (!call.custom && call.arguments.complete()))) continue;
    call.closed = true;
    llm::StreamEvent out = event(StreamEventKind::kPartEnd, call.part, PartKind::kToolCall);
    out.custom = call.custom;
    sink.take(out);
  }
}

void ChoiceReader::stop(llm::StreamSink& sink) {
  if (stopped_) return;
  for (Call& call : calls_) {
    if (!call.begun) begin_call(call, sink);
  }
  close_open(sink);
  close_calls(sink, true);
  stopped_ = true;
  llm::StreamEvent out = event(StreamEventKind::kStop, 0, PartKind::kText);
  out.stop = settle_stop(stop_.reason, !calls_.empty(), refused_);
  out.text = stop_.sequence;
  sink.take(out);
}

}  // namespace pointsman::wire::openai_chat
