// links: pm_tokens pm_wire
// parses: tokens/image_size wire/openai_plain/request
// Prompts of any body: pieces lie inside of it, counts agree whether cached, itemised or limited, a proof of fitting is
// one, and any bytes at all are an image of some size or none.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <numeric>
#include <string>
#include <string_view>
#include <vector>

#include "text/bpe_packing.h"
#include "tokens/image_size.h"
#include "tokens/prompt_counter.h"
#include "wire/anthropic_messages/request.h"
#include "wire/openai_chat/request.h"
#include "wire/openai_plain/request.h"
#include "wire/openai_responses/request.h"

namespace {

using namespace pointsman;

void require(bool good) {
  if (!good) std::abort();
}

// Single bytes, and what every real vocabulary has too: white space in one, the words of types.
tokens::Vocabularies small_vocabulary() {
  std::vector<std::string> all;
  for (int byte = 0; byte < 256; ++byte) all.emplace_back(1, static_cast<char>(byte));
  for (const char* token : {"  ", "    ", "        ", "an", "any", " a", " any", "?:", ",\n", "{\n"})
    all.emplace_back(token);
  static const std::string packed = *text::pack_bpe(all, text::Splitting::kO200k);
  return {.o200k = *text::BpeVocabulary::open(std::as_bytes(std::span(packed))), .cl100k = nullptr};
}

void check(const llm::ChatRequest& request) {
  static tokens::PromptCounter cached(small_vocabulary(), 7);
  static tokens::PromptCounter fresh(small_vocabulary(), 7, 0);
  static std::vector<tokens::PromptItem> items;
  for (const llm::PromptPiece& piece : request.prompt) {
    require(piece.bytes.begin <= piece.bytes.end && piece.bytes.end <= request.body.size());
  }
  for (const std::string_view model : {"gpt-4o", "gpt-5-mini", "claude-sonnet-5"}) {
    const tokens::Family family = tokens::family_of(model);
    const tokens::PromptCount count = cached.count(request, family);
    require(count.tokens >= 0 && count.estimated <= count.tokens && count.exact() == count.doubts.empty());
    require(fresh.itemise(request, family, items).tokens == count.tokens);
    std::int64_t sum = 0;
    for (const tokens::PromptItem& item : items) sum += item.tokens;
    require(sum == count.tokens);
    require(!fresh.count_up_to(request, family, count.tokens - 1));
    require(fresh.count_up_to(request, family, count.tokens).has_value());
    require(!tokens::proves_fit(request, family, count.tokens - 1));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static wire::openai_chat::Reader chat;
  static wire::openai_responses::Reader responses;
  static wire::anthropic_messages::Reader messages;
  static wire::ReadingSpace plain(std::size_t{1} << 20);
  static llm::ChatRequest request;
  // An exact block of its own, so that a read behind the body is seen.
  const std::unique_ptr<char[]> exact(new char[size]);
  std::copy(data, data + size, exact.get());
  const std::string_view body(exact.get(), size);
  tokens::image_size(body);
  tokens::image_size_of_url(body);
  if (wire::openai_chat::read_chat_request(body, chat, request)) check(request);
  if (wire::openai_responses::read_responses_request(body, responses, request)) check(request);
  if (wire::anthropic_messages::read_messages_request(body, messages, request)) check(request);
  if (wire::openai_plain::read_completion_request(body, plain, request)) check(request);
  return 0;
}
