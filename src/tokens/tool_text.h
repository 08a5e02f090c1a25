// The text that a model of OpenAI's is shown for definitions of tools: a namespace of TypeScript-like types.
//
// Not documented; worked out by others from what the API reports (npm openai-chat-tokens and gpt-tokenizer on
// GPT-3.5 and 4, PyPI openai-messages-token-helper on GPT-4 and 4o). They agree for flat parameters with the keywords
// below. For objects in objects they do not: the older counts have their descriptions left out, the newer have no
// indentation; we write both, at most a few tokens too many. One per thread, reused; any bytes give a text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "json/document.h"
#include "llm/prompt_piece.h"

namespace pointsman::tokens {

class ToolText {
 public:
  // Replaces `out` by the text for all pieces of kind kTool. False if part of it is a guess: objects in objects,
  // keywords other than type, description, properties, required, items and enum, tools that are not functions.
  bool write(std::string_view body, std::span<const llm::PromptPiece> prompt, std::string& out);

  // The name of the function in {"type": "function", "function": {"name": ...}} or {"name": ...}, decoded.
  // Empty if there is none.
  std::string_view chosen_name(std::string_view choice);

 private:
  struct Tool;
  struct Schema;

  void tool(std::string_view definition);
  Tool look_at_tool();
  void function(const Tool& tool);
  Schema look_at_schema();
  void properties(const Schema& schema, std::size_t indent);
  void type(json::Cursor::Mark at, std::size_t indent);
  void known_type(std::size_t indent);
  void object(const Schema& schema, std::size_t indent);
  void alternatives(json::Cursor::Mark at, std::size_t indent);
  void values(json::Cursor::Mark at);
  void require(json::Cursor::Mark at);
  bool append_string(json::Cursor::Mark at);

  json::Document document_;
  json::Cursor cursor_;
  std::string_view definition_;
  std::string* out_ = nullptr;
  std::string name_;
  std::vector<std::uint64_t> required_;  // hashes of names, of every object that is open
  std::size_t depth_ = 0;                // of schemas
  bool sure_ = true;
};

}  // namespace pointsman::tokens
