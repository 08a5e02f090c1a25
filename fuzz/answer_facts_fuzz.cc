// links: pm_wire
// parses: wire/openai_chat/answer_facts
// Whatever an upstream answers: reading its facts ends, and the ranges of its log-probabilities lie in order within it.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "wire/openai_chat/answer_facts.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static pointsman::json::Document document;
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  const auto facts = pointsman::wire::openai_chat::read_answer_facts(body, true, document);
  std::size_t before = 0;
  for (const pointsman::llm::ByteRange& range : facts.logprobs) {
    if (range.begin < before || range.end <= range.begin || range.end > size) std::abort();
    if (body[range.begin] != '{' || body[range.end - 1] != '}') std::abort();
    before = range.end;
  }
  if (facts.mean_logprob && !(*facts.mean_logprob <= 0)) std::abort();
  return 0;
}
