// links: pm_wire
// parses: wire/openai_chat/conversation_*
// Chat Completions requests to neutral form and back: whatever is read can be written, and what was written says the
// same when it is read again.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "json/document.h"
#include "wire/openai_chat/conversation_reader.h"
#include "wire/openai_chat/request_writer.h"
#include "wire/openai_chat/weight.h"

namespace {

using namespace pointsman;
namespace chat = wire::openai_chat;

void require(bool good) {
  if (!good) std::abort();
}

// Writes `body` anew; empty if it is refused.
std::string rewrite(std::string_view body, bool must_read) {
  static json::Document document;
  llm::Conversation conversation;
  const auto read = chat::read_conversation(body, document, conversation);
  require(read.has_value() || !must_read);
  if (!read) return {};
  require(read->size() <= wire::LossSet::kMost + 1);
  std::string out;
  const auto written = chat::write_request(conversation, {.model = conversation.model}, out);
  require(written.has_value());
  require(document.validate(out).has_value());
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string body(reinterpret_cast<const char*>(data), size);
  const std::string once = rewrite(body, false);
  if (once.empty()) return 0;
  const std::string twice = rewrite(once, true);
  require(twice == once);
  return 0;
}
