// links: pm_wire
// parses: llm/sse wire/openai_chat/usage_meter wire/openai_chat/body_meter
// Event streams: the same events, the same visible bytes and the same report however the stream is cut.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "llm/sse.h"
#include "wire/openai_chat/body_meter.h"
#include "wire/openai_chat/usage_meter.h"

namespace {

using namespace pointsman;
namespace chat = wire::openai_chat;

struct Outcome {
  std::string events;
  std::string hidden;
  std::string untouched;
  std::string report;
  bool operator==(const Outcome&) const = default;
};

std::string summary(const chat::Observed& seen) {
  std::string out = seen.id + "|" + seen.model + "|" + std::to_string(seen.usage.output_tokens.value_or(-1));
  for (const std::string& reason : seen.finish_reasons) out += "|" + reason;
  out += seen.error ? "E" : "";
  out += seen.done ? "D" : "";
  return out + (seen.malformed ? "M" : "");
}

std::string relay(chat::StreamMeter& meter, std::string_view stream, chat::UsageReport report, std::size_t step) {
  meter.reset(report);
  std::string visible;
  for (std::size_t i = 0; i < stream.size(); i += step) {
    const std::string piece(stream.substr(i, step));
    for (const std::string_view part : meter.feed(piece)) visible += part;
  }
  for (const std::string_view part : meter.finish()) visible += part;
  return visible;
}

Outcome run(std::string_view stream, std::size_t step) {
  static json::Document document;
  static chat::StreamMeter meter(document);
  static chat::BodyMeter body(document);
  Outcome out;
  llm::SseScanner scanner(64);
  body.reset();
  for (std::size_t i = 0; i < stream.size(); i += step) {
    const std::string piece(stream.substr(i, step));
    scanner.feed(piece);
    body.feed(piece);
    llm::SseEvent event;
    while (scanner.next(event)) {
      if (event.begin >= event.end || event.end > i + piece.size()) std::abort();
      out.events += "[" + std::string(event.name) + "]" + std::string(event.data) + (event.oversize ? "!" : ";");
    }
  }
  body.finish();
  out.hidden = relay(meter, stream, chat::UsageReport::kHidden, step);
  out.report = summary(meter.observed()) + " / " + summary(body.observed());
  out.untouched = relay(meter, stream, chat::UsageReport::kUntouched, step);
  return out;
}

// Line ends around a hidden event depend on where CR LF was cut; the lines themselves do not.
std::string without_line_ends(std::string text) {
  std::erase_if(text, [](char c) { return c == '\r' || c == '\n'; });
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::size_t step = data[0] % 32 + 1U;
  const std::string_view stream(reinterpret_cast<const char*>(data) + 1, size - 1);
  Outcome whole = run(stream, stream.size());
  Outcome cut = run(stream, step);
  if (whole.untouched != stream) std::abort();
  whole.hidden = without_line_ends(whole.hidden);
  cut.hidden = without_line_ends(cut.hidden);
  if (whole != cut) std::abort();
  return 0;
}
