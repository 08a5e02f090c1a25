// The items of a response's "output", grown from the parts of a neutral answer: whole, or while it streams.
//
// Plain values and pure functions. Texts and refusals in a row are one message; a call is an item of its own; parts of
// reasoning that name the same item are one, others an item each (openapi.yaml: OutputMessage, FunctionToolCall,
// CustomToolCall, ReasoningItem).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "json/writer.h"
#include "llm/answer.h"

namespace pointsman::wire::openai_responses {

enum class ItemKind : std::uint8_t { kMessage, kFunctionCall, kCustomCall, kReasoning };

enum class ContentKind : std::uint8_t { kText, kRefusal, kReasoningText, kSummary, kInput };

// One content part of a message, one text or summary of reasoning, or what a call passes.
struct Content {
  ContentKind kind = ContentKind::kText;
  std::uint32_t index = 0;  // among the item's contents, or its summaries
  std::string text;
  std::string logprobs;  // JSON of the entries, with commas between them
  bool open = true;
};

struct Item {
  ItemKind kind = ItemKind::kMessage;
  std::string id;
  std::string call_id;
  std::string name;
  std::vector<Content> contents;
  std::string encrypted;
  std::string part_id;  // what its parts call it
  std::string_view status = "in_progress";
  std::uint32_t summaries = 0;  // contents of that kind
  std::uint32_t open = 0;       // contents that may still grow

  bool done() const { return status != "in_progress"; }
};

// A part that begins.
struct NewPart {
  llm::PartKind kind = llm::PartKind::kText;
  bool custom = false;
  bool summary = false;
  std::string_view id;
  std::string_view name;
};

class OutputItems {
 public:
  struct Place {
    std::size_t item = 0;
    std::size_t content = 0;
  };

  // What the items' ids are made of.
  void name(std::string_view answer_id);
  // False for a part that no item can be: images, audio.
  static bool can_hold(llm::PartKind kind);
  // Where the part is; it is the last content of the last item.
  Place add(const NewPart& part);

  std::vector<Item>& all() { return items_; }
  const std::vector<Item>& all() const { return items_; }
  Content& content(Place place) { return items_[place.item].contents[place.content]; }

 private:
  bool joins_last(const NewPart& part) const;
  void open_item(const NewPart& part);

  std::string answer_id_;
  std::vector<Item> items_;
};

inline constexpr std::string_view kResponsePrefix = "resp_";
// That prefix and what tells this answer from others, from the id its provider gave it or that of the context.
std::string response_id(std::string_view provider, std::string_view own);

// Each writes one JSON value. While an item is in progress its contents are not part of it yet.
void write_item(const Item& item, json::Writer& writer);
void write_content(const Content& content, json::Writer& writer);

}  // namespace pointsman::wire::openai_responses
