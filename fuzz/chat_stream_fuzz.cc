// links: pm_wire
// parses: wire/openai_chat/stream_reader wire/openai_chat/choice_reader wire/openai_chat/answer_reader
//   wire/openai_chat/error_reader wire/openai_chat/tool_call
// Streams of Chat Completions servers: any split gives the same events, no promise of the events is broken, and what
// the writer makes of them says the same when it is read again.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "../tests/support/stream_events.h"
#include "wire/openai_chat/answer_reader.h"
#include "wire/openai_chat/answer_writer.h"
#include "wire/openai_chat/error_reader.h"
#include "wire/openai_chat/stream_reader.h"
#include "wire/openai_chat/stream_writer.h"

namespace {

using namespace pointsman;
namespace chat = wire::openai_chat;

void require(bool good) {
  if (!good) std::abort();
}

json::Document& document() {
  static json::Document one;
  return one;
}

std::string events(std::string_view stream, std::size_t step) {
  const auto reader = chat::make_stream_reader(document());
  testing::EventLog log;
  testing::feed_stream(stream, step, *reader, log);
  for (const llm::Loss& loss : reader->losses()) log.text += "lost " + loss.what + "\n";
  return log.text + (reader->done() ? "done" : "") + (reader->malformed() ? "malformed" : "");
}

testing::AnswerCollector collect(std::string_view stream) {
  const auto reader = chat::make_stream_reader(document());
  testing::AnswerCollector out;
  testing::feed_stream(stream, stream.size() + 1, *reader, out);
  require(out.fault.empty());
  return out;
}

// What a client of this protocol learns of a choice: the order of what is said in different members is not told.
std::string digest(const testing::AnswerCollector& got) {
  std::string out = got.ended ? "ended\n" : "";
  for (const llm::Choice& choice : got.answer.choices) {
    std::string text, thought, refusal, calls;
    for (const llm::Part& part : choice.parts) {
      if (part.kind == llm::PartKind::kText) text += part.text;
      if (part.kind == llm::PartKind::kReasoning) thought += part.text;
      if (part.kind == llm::PartKind::kRefusal) refusal += part.text;
      if (part.kind == llm::PartKind::kToolCall) {
        const bool none = part.arguments.empty() && !part.custom;
        calls += part.name + "(" + (none ? "{}" : part.arguments) + ")" + (part.custom ? "custom" : "") + "\n";
      }
    }
    out += text + "|" + thought + "|" + refusal + "|" + calls + "\n";
  }
  return out;
}

std::string rewrite(std::string_view stream) {
  const auto reader = chat::make_stream_reader(document());
  const auto writer = chat::make_stream_writer({.id = "x", .model = "y", .created = 1, .include_usage = true});
  testing::feed_stream(stream, stream.size() + 1, *reader, *writer);
  return writer->out();
}

void check_whole(std::string_view body) {
  require(!chat::read_error(body, document()).message.empty());
  llm::Answer answer;
  if (!chat::read_whole_answer(body, document(), answer)) return;
  std::string out;
  chat::write_whole_answer(answer, {}, out);
  require(document().validate(out).has_value());
  llm::Answer again;
  require(chat::read_whole_answer(out, document(), again).has_value());
  require(again.choices.size() == answer.choices.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::size_t step = data[0] % 32 + 1U;
  const std::string stream(reinterpret_cast<const char*>(data) + 1, size - 1);
  require(events(stream, stream.size()) == events(stream, step));
  const testing::AnswerCollector first = collect(stream);
  const std::string once = rewrite(stream);
  const testing::AnswerCollector second = collect(once);
  require(second.errors.size() == first.errors.size());
  if (first.ended) require(second.ended && digest(second) == digest(first));
  check_whole(stream);
  return 0;
}
