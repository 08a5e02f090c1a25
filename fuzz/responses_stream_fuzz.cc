// links: pm_wire
// parses: llm/sse wire/openai_responses/stream_reader wire/openai_responses/output_reader
//   wire/openai_responses/body_reader wire/openai_responses/facts
// Streams of response events: the same events however the stream is cut, and what we write of them reads back as the
// same texts, calls and end.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "llm/sse.h"
#include "wire/openai_responses/answer_reader.h"
#include "wire/openai_responses/stream_meter.h"
#include "wire/openai_responses/stream_reader.h"
#include "wire/openai_responses/stream_writer.h"

namespace {

using namespace pointsman;
namespace responses = wire::openai_responses;

void require(bool good) {
  if (!good) std::abort();
}

// Every event as a line, and what the parts add up to.
class Transcript final : public llm::StreamSink {
 public:
  void take(const llm::StreamEvent& event) override {
    require(!ended);
    lines += std::to_string(static_cast<int>(event.kind)) + "|" + std::to_string(event.part) + "|";
    lines.append(event.id).append("|").append(event.name).append("|").append(event.text) += '\n';
    switch (event.kind) {
      case llm::StreamEventKind::kPartBegin:
        require(event.part == open.size());
        open.push_back(true);
        parts.emplace_back(1, static_cast<char>('0' + static_cast<int>(event.part_kind)));
        break;
      case llm::StreamEventKind::kText:
        require(event.part < open.size() && open[event.part]);
        parts[event.part] += event.text;
        break;
      case llm::StreamEventKind::kPartEnd:
        require(event.part < open.size() && open[event.part]);
        open[event.part] = false;
        break;
      case llm::StreamEventKind::kStop:
        require(std::ranges::none_of(open, [](bool one) { return one; }));
        stop = event.stop;
        break;
      default:
        ended = event.kind == llm::StreamEventKind::kEnd || event.kind == llm::StreamEventKind::kError;
        whole = event.kind == llm::StreamEventKind::kEnd;
    }
  }
  std::string lines;
  std::vector<bool> open;
  std::vector<std::string> parts;
  llm::StopReason stop = llm::StopReason::kUnknown;
  bool ended = false;
  bool whole = false;
};

void run(std::string_view stream, std::size_t step, llm::StreamSink& sink) {
  static json::Document document;
  const auto reader = responses::make_stream_reader(document);
  llm::SseScanner scanner(1U << 16);
  for (std::size_t i = 0; i < stream.size(); i += step) {
    const std::string piece(stream.substr(i, step));
    scanner.feed(piece);
    llm::SseEvent event;
    while (scanner.next(event)) reader->read(event, sink);
  }
  reader->finish(sink);
  require(reader->losses().size() <= 65);
}

std::string metered(std::string_view stream, std::size_t step) {
  static json::Document document;
  static responses::StreamMeter meter(document);
  meter.reset();
  for (std::size_t i = 0; i < stream.size(); i += step) meter.feed(std::string(stream.substr(i, step)));
  meter.finish();
  const llm::Observed& seen = meter.observed();
  std::string out = seen.id + "|" + seen.model + "|" + std::to_string(seen.usage.output_tokens.value_or(-1));
  for (const std::string& reason : seen.finish_reasons) out += "|" + reason;
  return out + (seen.done ? "D" : "") + (seen.error ? "E" : "") + (seen.malformed ? "M" : "");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::size_t step = data[0] % 32 + 1U;
  const std::string_view stream(reinterpret_cast<const char*>(data) + 1, size - 1);
  Transcript whole, cut;
  run(stream, stream.size(), whole);
  run(stream, step, cut);
  require(whole.lines == cut.lines);
  require(metered(stream, stream.size()) == metered(stream, step));

  const auto writer = responses::make_stream_writer({.request = stream, .id = "own", .model = "m"});
  run(stream, stream.size(), *writer);
  Transcript again;
  run(writer->out(), writer->out().size() + 1, again);
  require(again.whole == whole.whole);
  if (whole.whole) require(again.parts == whole.parts);
  return 0;
}
