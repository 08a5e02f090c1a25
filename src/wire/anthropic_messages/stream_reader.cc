#include "wire/anthropic_messages/stream_reader.h"
#include "wire/anthropic_messages/unsigned_thinking.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "wire/anthropic_messages/error_reader.h"
#include "wire/anthropic_messages/stop_reason.h"
#include "wire/anthropic_messages/stream_payload.h"
#include "wire/loss_set.h"

namespace pointsman::wire::anthropic_messages {
namespace {

using llm::PartKind;
using llm::StreamEvent;
using llm::StreamEventKind;

class Reader final : public llm::StreamReader {
 public:
  explicit Reader(json::Document& document) : document_(document) {}

  void read(const llm::SseEvent& event, llm::StreamSink& sink) override;
  // The protocol has its own last word, and it was said or not.
  void finish(llm::StreamSink& /*sink*/) override {}
  bool done() const override { return done_; }
  bool malformed() const override { return malformed_; }
  const llm::Losses& losses() const override { return losses_.all(); }

 private:
  struct Block {
    std::int64_t index = 0;
    std::uint32_t part = 0;
    PartKind kind = PartKind::kText;
    bool skipped = false;  // a kind that the neutral form has no place for
    bool sealed = false;   // whole in its start: nothing is added to it
    bool has_text = false;
    std::string whole_input;  // of a call, from its start event: counts if no piece follows
  };

  void message_start(llm::StreamSink& sink);
  void begin(llm::StreamSink& sink);
  void block_start(llm::StreamSink& sink);
  void open(Block block, llm::StreamSink& sink);
  void block_delta(llm::StreamSink& sink);
  Block* block_of_delta(llm::StreamSink& sink);
  void close(Block block, llm::StreamSink& sink);
  void close_all(llm::StreamSink& sink);
  void message_delta(llm::StreamSink& sink);
  void stop(llm::StreamSink& sink);
  void message_stop(llm::StreamSink& sink);
  void error(llm::StreamSink& sink);
  void give_text(Block& block, StreamEventKind kind, std::string_view text, llm::StreamSink& sink);
  bool over() const { return stopped_ || done_; }

  json::Document& document_;
  StreamPayload payload_;
  UsageReport usage_;
  llm::Usage total_;
  LossSet losses_;
  std::vector<Block> open_;
  std::uint32_t parts_ = 0;
  bool begun_ = false;
  bool stopped_ = false;
  bool done_ = false;
  bool malformed_ = false;
};

void Reader::read(const llm::SseEvent& event, llm::StreamSink& sink) {
  if (done_ || event.data == "[DONE]") return;
  if (event.oversize) {
    malformed_ = true;
    return losses_.major("an event too large to be read");
  }
  if (!payload_.read(event.data, document_, usage_)) {
    malformed_ = true;
    if (event.name != "error") return;
    payload_.error = read_error(event.data, document_);
    return error(sink);
  }
  const std::string_view type = payload_.type.empty() ? event.name : std::string_view(payload_.type);
  if (type == "error" || event.name == "error" || (type.empty() && payload_.has_error)) return error(sink);
  if (payload_.has_usage) total_ = usage_.total();
  if (type == "message_start") {
    message_start(sink);
  } else if (type == "content_block_start") {
    block_start(sink);
  } else if (type == "content_block_delta") {
    block_delta(sink);
  } else if (type == "content_block_stop") {
    const auto at = std::ranges::find(open_, payload_.index, &Block::index);
    if (at == open_.end()) return;
    Block block = std::move(*at);
    open_.erase(at);
    close(std::move(block), sink);
  } else if (type == "message_delta") {
    message_delta(sink);
  } else if (type == "message_stop") {
    message_stop(sink);
  } else if (type != "ping") {
    losses_.major(type.empty() ? "an event without a type" : type);
  }
}

void Reader::message_start(llm::StreamSink& sink) {
  if (!begun_) return begin(sink);
  if (parts_ == 0) return;  // said twice
  losses_.major("message_start: a second message in the same stream");
  close_all(sink);
}

void Reader::begin(llm::StreamSink& sink) {
  if (std::exchange(begun_, true)) return;
  StreamEvent event;
  event.kind = StreamEventKind::kBegin;
  const bool start = payload_.kind == "message" || !payload_.model.empty();
  if (start) event.id = payload_.id;
  event.name = payload_.model;
  event.usage = &total_;
  sink.take(event);
}

void Reader::block_start(llm::StreamSink& sink) {
  begin(sink);
  if (over()) return;
  const auto twice = std::ranges::find(open_, payload_.index, &Block::index);
  const auto oldest = open_.size() >= kMostOpen ? open_.begin() : open_.end();
  if (const auto ends = twice != open_.end() ? twice : oldest; ends != open_.end()) {
    Block block = std::move(*ends);
    open_.erase(ends);
    close(std::move(block), sink);
  }
  if (payload_.citations) losses_.major("citations");
  Block block;
  block.index = payload_.index;
  const std::string& kind = payload_.kind;
  if (kind == "text") {
    block.kind = PartKind::kText;
  } else if (kind == "thinking" || kind == "redacted_thinking") {
    block.kind = PartKind::kReasoning;
  } else if (kind == "tool_use") {
    block.kind = PartKind::kToolCall;
    block.whole_input = std::exchange(payload_.input, {});
  } else {
    block.skipped = true;
    // A note that another model took over; everything else is content.
    losses_.add(kind.empty() ? "a content block without a type" : kind, kind == "fallback");
  }
  open(std::move(block), sink);
}

void Reader::open(Block block, llm::StreamSink& sink) {
  open_.push_back(std::move(block));
  Block& opened = open_.back();
  if (opened.skipped) return;
  opened.part = parts_++;
  StreamEvent event;
  event.kind = StreamEventKind::kPartBegin;
  event.part = opened.part;
  event.part_kind = opened.kind;
  if (opened.kind == PartKind::kToolCall) {
    event.id = payload_.id;
    event.name = payload_.name;
  }
  sink.take(event);
  if (opened.kind == PartKind::kToolCall) return;
  give_text(opened, StreamEventKind::kText, payload_.text, sink);
  if (opened.kind != PartKind::kReasoning) return;
  give_text(opened, StreamEventKind::kSignature, payload_.signature, sink);
  if (payload_.kind != "redacted_thinking") return;
  opened.sealed = true;
  event = {};
  event.kind = StreamEventKind::kSignature;
  event.part = opened.part;
  event.part_kind = opened.kind;
  event.opaque = true;
  event.text = payload_.data;
  sink.take(event);
}

void Reader::give_text(Block& block, StreamEventKind kind, std::string_view text, llm::StreamSink& sink) {
  if (text.empty() || (kind == StreamEventKind::kSignature && text == kUnsigned)) return;
  StreamEvent event;
  event.kind = kind;
  event.part = block.part;
  event.part_kind = block.kind;
  event.text = text;
  block.has_text = true;
  sink.take(event);
}

// The block that a delta adds to; nothing if there is none. Text and thinking whose block was never begun begin it.
Reader::Block* Reader::block_of_delta(llm::StreamSink& sink) {
  const auto at = std::ranges::find(open_, payload_.index, &Block::index);
  if (at != open_.end()) return &*at;
  Block block;
  block.index = payload_.index;
  if (payload_.kind == "thinking_delta") {
    block.kind = PartKind::kReasoning;
  } else if (payload_.kind != "text_delta") {
    losses_.major(payload_.kind + ": without its content block");
    return nullptr;
  }
  if (open_.size() >= kMostOpen) return nullptr;
  const std::string text = std::exchange(payload_.text, {});
  open(std::move(block), sink);
  payload_.text = text;
  return &open_.back();
}

void Reader::block_delta(llm::StreamSink& sink) {
  begin(sink);
  if (over()) return;
  if (payload_.citations) losses_.major("citations");
  Block* const block = block_of_delta(sink);
  if (block == nullptr || block->skipped) return;
  const std::string& kind = payload_.kind;
  const bool fits = (kind == "text_delta" && block->kind == PartKind::kText) ||
                    (kind == "thinking_delta" && block->kind == PartKind::kReasoning && !block->sealed) ||
                    (kind == "input_json_delta" && block->kind == PartKind::kToolCall);
  if (fits) {
    give_text(*block, StreamEventKind::kText, payload_.text, sink);
  } else if (kind == "signature_delta" && block->kind == PartKind::kReasoning && !block->sealed) {
    give_text(*block, StreamEventKind::kSignature, payload_.signature, sink);
  } else if (kind != "citations_delta") {
    losses_.major(kind.empty() ? "a delta without a type" : kind);
  }
}

void Reader::close(Block block, llm::StreamSink& sink) {
  if (block.skipped) return;
  if (block.kind == PartKind::kToolCall && !block.has_text) {
    const std::string input = block.whole_input.empty() ? "{}" : std::move(block.whole_input);
    give_text(block, StreamEventKind::kText, input, sink);
  }
  StreamEvent event;
  event.kind = StreamEventKind::kPartEnd;
  event.part = block.part;
  event.part_kind = block.kind;
  sink.take(event);
}

void Reader::close_all(llm::StreamSink& sink) {
  for (Block& block : std::exchange(open_, {})) close(std::move(block), sink);
}

void Reader::message_delta(llm::StreamSink& sink) {
  begin(sink);
  if (payload_.stop_details) losses_.minor("stop_details");
  if (!payload_.stop_reason.empty() && !stopped_) stop(sink);
  if (!payload_.has_usage) return;
  StreamEvent event;
  event.kind = StreamEventKind::kUsage;
  event.usage = &total_;
  sink.take(event);
}

void Reader::stop(llm::StreamSink& sink) {
  close_all(sink);
  stopped_ = true;
  StreamEvent event;
  event.kind = StreamEventKind::kStop;
  event.stop = stop_reason_from(payload_.stop_reason);
  event.text = payload_.stop_sequence;
  const bool unknown = event.stop == llm::StopReason::kUnknown && !payload_.stop_reason.empty();
  if (unknown) losses_.minor("stop_reason: " + payload_.stop_reason);
  sink.take(event);
}

void Reader::message_stop(llm::StreamSink& sink) {
  begin(sink);
  if (!stopped_) stop(sink);
  done_ = true;
  StreamEvent event;
  event.kind = StreamEventKind::kEnd;
  sink.take(event);
}

// The last word, too: nothing follows an error.
void Reader::error(llm::StreamSink& sink) {
  begin(sink);
  done_ = true;
  if (payload_.error.message.empty()) payload_.error.message = "the provider gave no reason";
  StreamEvent event;
  event.kind = StreamEventKind::kError;
  event.error = &payload_.error;
  sink.take(event);
}

}  // namespace

std::unique_ptr<llm::StreamReader> make_stream_reader(json::Document& document) {
  return std::make_unique<Reader>(document);
}

}  // namespace pointsman::wire::anthropic_messages
