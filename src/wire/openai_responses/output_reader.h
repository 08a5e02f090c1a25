// Reads what a response is made of, in a whole body as in the events of a stream: its own members, and its items.
//
// Pure functions over a body that is open and was checked as a whole; cursors are copies that may be walked again.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "json/document.h"
#include "llm/answer.h"
#include "wire/loss_set.h"
#include "wire/openai_responses/output_items.h"

namespace pointsman::wire::openai_responses {

// The members of a response object. Texts are decoded, at most kMaxName bytes.
struct ResponseFields {
  static constexpr std::size_t kMaxName = 512;
  std::string id;
  std::string model;
  std::string status;
  std::string reason;  // of incomplete_details
  std::int64_t created = 0;
  llm::Usage usage;
  std::optional<llm::AnswerError> error;
  std::optional<json::Cursor> output;  // an array
};
// Consumes the value at the cursor; of anything but an object, all is empty.
ResponseFields read_fields(json::Cursor& cursor);

// Why a response ended that says so in its status.
llm::StopReason stop_of(const ResponseFields& fields, bool called, bool refused);

// One of an item's texts, and where it stands.
struct ItemPart {
  llm::Part part;
  ContentKind kind = ContentKind::kText;
  std::uint32_t index = 0;
};
struct ReadItem {
  std::string type;  // at most kMaxName bytes
  std::string id;    // likewise; of a call, its call_id
  std::vector<ItemPart> parts;
  std::string logprobs;  // JSON of the entries of all its texts
};
// Consumes the item at the cursor. Of a kind that a neutral answer has no place for, there are no parts, and a loss.
// `body` is what the cursor walks.
ReadItem read_item(json::Cursor& cursor, std::string_view body, LossSet& losses);

}  // namespace pointsman::wire::openai_responses
