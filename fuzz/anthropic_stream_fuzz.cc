// links: pm_wire
// parses: wire/anthropic_messages/stream_payload wire/anthropic_messages/stream_reader wire/anthropic_messages/meters
//   wire/anthropic_messages/usage
// Messages streams: the same events however the bytes are cut, the meters alike, and what the writer makes of the
// events reads again to the same.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "wire/anthropic_messages/block_writer.h"
#include "wire/anthropic_messages/event_record.h"
#include "wire/anthropic_messages/meters.h"

namespace {

using namespace pointsman;
namespace messages = wire::anthropic_messages;
using messages::testing::EventLines;
using messages::testing::EventSum;

void require(bool good) {
  if (!good) std::abort();
}

std::string metered(llm::Meter& meter, std::string_view stream, std::size_t step) {
  meter.reset();
  std::string passed;
  for (std::size_t i = 0; i < stream.size(); i += step) {
    const std::string piece(stream.substr(i, step));
    for (const std::string_view part : meter.feed(piece)) passed += part;
  }
  for (const std::string_view part : meter.finish()) passed += part;
  require(passed == stream);
  const llm::Observed& seen = meter.observed();
  std::string out = seen.id + "|" + seen.model + "|" + messages::testing::shown(seen.usage);
  for (const std::string& reason : seen.finish_reasons) out += "|" + reason;
  return out + (seen.error ? "E" : "") + (seen.done ? "D" : "") + (seen.malformed ? "M" : "");
}

void check_rewriting(std::string_view stream, json::Document& document) {
  const auto writer = messages::make_stream_writer({});
  EventSum before;
  const auto how = messages::testing::push(stream, 4096, document, before);
  require(before.in_order);
  messages::testing::push(stream, 4096, document, *writer);
  const std::string once = writer->out();
  EventSum after;
  const auto again = messages::testing::push(once, 4096, document, after);
  require(after.in_order || once.empty());
  require(!again.malformed && again.done == how.done);
  require(after.ended == before.ended && after.error.empty() == before.error.empty());
  if (!before.ended || how.malformed) return;  // parts that never ended, or could not be read, are not all written
  require(after.parts.size() == before.parts.size());
  for (std::size_t i = 0; i < before.parts.size(); ++i) {
    if (before.parts[i].kind != llm::PartKind::kToolCall) continue;
    std::string& id = before.parts[i].id;  // as the writer states it
    id = id.empty() ? after.parts[i].id : messages::call_id(id);
    require(!id.empty() && messages::call_id(id) == id);
  }
  require(after.parts == before.parts);
  require(after.reason() == before.reason());
  require(!before.usage.output_tokens || after.usage.output_tokens == before.usage.output_tokens);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static json::Document document;
  static messages::StreamMeter stream_meter(document);
  static messages::BodyMeter body_meter(document);
  if (size < 2) return 0;
  const std::size_t step = data[0] % 32 + 1U;
  const std::string_view stream(reinterpret_cast<const char*>(data) + 1, size - 1);
  EventLines whole;
  EventLines cut;
  const auto how = messages::testing::push(stream, stream.size(), document, whole);
  const auto cut_how = messages::testing::push(stream, step, document, cut);
  require(whole.lines == cut.lines && how.losses == cut_how.losses);
  require(how.done == cut_how.done && how.malformed == cut_how.malformed);
  require(metered(stream_meter, stream, stream.size()) == metered(stream_meter, stream, step));
  require(metered(body_meter, stream, stream.size()) == metered(body_meter, stream, step));
  check_rewriting(stream, document);
  return 0;
}
