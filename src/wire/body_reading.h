// What every protocol's walk for the routing view of a request does alike: one pass that checks everything, the
// model's name and place, an estimate of the prompt's tokens, the texts for classification.
//
// The base of those walks; lives on the stack of one call.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "json/document.h"
#include "llm/chat_request.h"
#include "llm/token_estimate.h"
#include "wire/body_walk.h"

namespace pointsman::wire {

// What a worker thread keeps between readings, so that nothing is allocated in the steady state.
struct ReadingSpace {
  explicit ReadingSpace(std::size_t max_body_bytes) : document(max_body_bytes) {}
  json::Document document;
  std::vector<json::RawString> parts;
  std::string scratch;
};

class BodyReading : protected BodyWalk {
 protected:
  // A content value we come back to once all messages are known.
  struct Place {
    json::Cursor::Mark mark;
    bool present = false;
  };

  BodyReading(ReadingSpace& space, llm::ChatRequest& out) : space_(space), out_(out) {}
  virtual ~BodyReading() = default;

  // Opens `body`, clears the request (its strings and pieces keep their capacity) and walks.
  base::Result<void> run(std::string_view body);
  // At the root object: reads its members.
  virtual void members() = 0;
  // Once all of the body is known to be JSON.
  virtual void conclude() = 0;

  // The member "model": its value and where it stands.
  void model();
  // Sets `out` to the hash of a string; what is not a string, or is empty, is the upstream's to judge.
  void user(std::uint64_t& out);
  // The member "service_tier".
  void service_tier();

  void add_text(const json::RawString& text);
  // A message begins at the cursor: what is recorded from here on is its own. Returns where it is recorded.
  std::size_t begin_message(llm::PieceRole role = llm::PieceRole::kOther);
  // It ended at the token consumed last.
  void end_message(std::size_t message, llm::PieceRole role);
  // Part of the prompt: a string just read, or a value that began there and ended at the token consumed last.
  void add_piece(llm::PieceKind kind, const json::RawString& text);
  llm::PromptPiece piece_of(const json::RawString& text) const;
  static llm::ImageDetail detail_of(const json::RawString& text);
  void add_value(llm::PieceKind kind, std::size_t begin);
  // Consumes the next value, which is part of the prompt. Returns how long it is.
  std::size_t pass_value(llm::PieceKind kind);
  // JSON that reaches the model in some rendering of its own (tools, schemas, calls): 3.5 bytes a token.
  void add_bytes(std::size_t bytes);
  std::int64_t estimate() const { return text_tokens_.tokens() + flat_tokens_; }
  // Sets space_.parts to the texts of a content value already walked: the string, or the members "text" of its parts.
  void collect(Place place);
  // Over the text as the client spelled it: the same client spells the same conversation the same way each turn, and
  // nothing need be decoded. A string and its single text part count alike.
  void hash_text(Place place);
  void excerpt_of(Place place, std::size_t limit, std::string& out);

  ReadingSpace& space_;
  llm::ChatRequest& out_;
  llm::TokenEstimate text_tokens_;
  std::int64_t flat_tokens_ = 0;

 private:
  base::Result<void> walk();
};

// Longest accepted value of "model".
inline constexpr std::size_t kMaxModelBytes = 256;

}  // namespace pointsman::wire
