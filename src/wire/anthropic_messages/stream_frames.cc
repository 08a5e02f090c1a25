#include "wire/anthropic_messages/stream_frames.h"

#include "json/writer.h"
#include "wire/anthropic_messages/stop_reason.h"
#include "wire/anthropic_messages/usage.h"

namespace pointsman::wire::anthropic_messages {
namespace {

void open_block(json::Writer& writer, std::uint32_t index, std::string_view type) {
  writer.begin_object().member("type", "content_block_start").member("index", index);
  writer.key("content_block").begin_object().member("type", type);
}

}  // namespace

void StreamFrames::begin(std::string_view name) {
  out_ += "event: ";
  out_ += name;
  out_ += "\ndata: ";
}

void StreamFrames::message_start(std::string_view id, std::string_view model, const llm::Usage& usage) {
  begin("message_start");
  json::Writer writer(out_);
  writer.begin_object().member("type", "message_start").key("message").begin_object();
  writer.member("id", id).member("type", "message").member("role", "assistant").member("model", model);
  writer.key("content").begin_array().end_array().key("stop_reason").null().key("stop_sequence").null();
  writer.key("usage");
  write_usage(usage, writer);
  writer.end_object().end_object();
  end();
}

void StreamFrames::text_start(std::uint32_t index) {
  begin("content_block_start");
  json::Writer writer(out_);
  open_block(writer, index, "text");
  writer.member("text", "").end_object().end_object();
  end();
}

void StreamFrames::thinking_start(std::uint32_t index) {
  begin("content_block_start");
  json::Writer writer(out_);
  open_block(writer, index, "thinking");
  writer.member("thinking", "").member("signature", "").end_object().end_object();
  end();
}

void StreamFrames::redacted_start(std::uint32_t index, std::string_view data) {
  begin("content_block_start");
  json::Writer writer(out_);
  open_block(writer, index, "redacted_thinking");
  writer.member("data", data).end_object().end_object();
  end();
}

void StreamFrames::call_start(std::uint32_t index, std::string_view id, std::string_view name) {
  begin("content_block_start");
  json::Writer writer(out_);
  open_block(writer, index, "tool_use");
  writer.member("id", id).member("name", name).key("input").begin_object().end_object();
  writer.end_object().end_object();
  end();
}

void StreamFrames::delta(std::uint32_t index, std::string_view type, std::string_view member, std::string_view text) {
  begin("content_block_delta");
  json::Writer(out_)
      .begin_object()
      .member("type", "content_block_delta")
      .member("index", index)
      .key("delta")
      .begin_object()
      .member("type", type)
      .member(member, text)
      .end_object()
      .end_object();
  end();
}

void StreamFrames::block_stop(std::uint32_t index) {
  begin("content_block_stop");
  json::Writer(out_).begin_object().member("type", "content_block_stop").member("index", index).end_object();
  end();
}

void StreamFrames::message_delta(llm::StopReason reason, std::string_view stop_sequence, const llm::Usage& usage) {
  begin("message_delta");
  json::Writer writer(out_);
  writer.begin_object().member("type", "message_delta").key("delta").begin_object();
  writer.member("stop_reason", stop_reason_name(reason)).key("stop_sequence");
  if (reason == llm::StopReason::kStopSequence && !stop_sequence.empty()) {
    writer.value(stop_sequence);
  } else {
    writer.null();
  }
  writer.end_object().key("usage");
  write_usage(usage, writer);
  writer.end_object();
  end();
}

void StreamFrames::message_stop() {
  begin("message_stop");
  json::Writer(out_).begin_object().member("type", "message_stop").end_object();
  end();
}

}  // namespace pointsman::wire::anthropic_messages
