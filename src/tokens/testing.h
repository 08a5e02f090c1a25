// What the tests of this module share: a small vocabulary, bodies read as the gateway reads them, random requests.
// For tests.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "json/text.h"
#include "text/bpe_packing.h"
#include "tokens/prompt_counter.h"
#include "wire/anthropic_messages/request.h"
#include "wire/openai_chat/request.h"
#include "wire/openai_plain/request.h"
#include "wire/openai_responses/request.h"

namespace pointsman::tokens::testing {

// Single bytes, and some merges of English letters.
inline Vocabularies toy_vocabularies() {
  static const auto open = [](text::Splitting splitting, std::vector<std::string> merges) {
    std::vector<std::string> tokens;
    for (int byte = 0; byte < 256; ++byte) tokens.emplace_back(1, static_cast<char>(byte));
    tokens.insert(tokens.end(), merges.begin(), merges.end());
    static std::vector<std::string> kept;  // what vocabularies read in place
    kept.reserve(8);
    kept.push_back(*text::pack_bpe(tokens, splitting));
    return *text::BpeVocabulary::open(std::as_bytes(std::span(kept.back())));
  };
  static const Vocabularies all{
      .o200k = open(text::Splitting::kO200k, {"he", "ll", "hell", "hello", " w", "or", " wor", "ld", " world", "  "}),
      .cl100k = open(text::Splitting::kCl100k, {"he", "ll", "or", "ld"})};
  return all;
}

// A body that is read, and owns it.
class Read {
 public:
  explicit Read(std::string body, llm::Protocol protocol = llm::Protocol::kChatCompletions) : body_(std::move(body)) {
    static wire::openai_chat::Reader chat;
    static wire::openai_responses::Reader responses;
    static wire::anthropic_messages::Reader messages;
    static wire::ReadingSpace plain(std::size_t{20} << 20);
    base::Result<void> done;
    switch (protocol) {
      case llm::Protocol::kChatCompletions:
        done = wire::openai_chat::read_chat_request(body_, chat, request_);
        break;
      case llm::Protocol::kResponses:
        done = wire::openai_responses::read_responses_request(body_, responses, request_);
        break;
      case llm::Protocol::kMessages:
        done = wire::anthropic_messages::read_messages_request(body_, messages, request_);
        break;
      case llm::Protocol::kLegacyCompletions:
        done = wire::openai_plain::read_completion_request(body_, plain, request_);
        break;
      case llm::Protocol::kEmbeddings:
        done = wire::openai_plain::read_embedding_request(body_, plain, request_);
        break;
    }
    if (!done) ADD_FAILURE() << done.error().message() << " in " << body_;
    request_.protocol = protocol;
  }
  Read(const Read&) = delete;
  Read& operator=(const Read&) = delete;

  const llm::ChatRequest& operator*() const { return request_; }
  const llm::ChatRequest* operator->() const { return &request_; }

 private:
  std::string body_;
  llm::ChatRequest request_;
};

// `text` as a JSON string, quoted, with escapes where none are needed, too.
inline std::string spelt(std::mt19937& rng, std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80 && rng() % 8 == 0) {
      constexpr std::string_view kHex = "0123456789abcdef";
      out += "\\u00";
      out += kHex[byte >> 4U];
      out += kHex[byte & 15U];
    } else {
      json::escape({&c, 1}, out);
    }
  }
  return out + '"';
}

inline std::string random_text(std::mt19937& rng) {
  constexpr std::string_view kParts[] = {"hello", " world", "he", "ll",  "\n", "  ", "\"",
                                         "\\",    "1",      "{",  " or", "\t", "x"};
  std::string text;
  for (auto size = rng() % 30; size > 0; --size) text += kParts[rng() % std::size(kParts)];
  return text;
}

}  // namespace pointsman::tokens::testing
