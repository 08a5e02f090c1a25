// What the conversation of a request body consists of, item by item: enough to leave out whole turns and to shorten
// tool results without understanding anything else.
//
// Filled by a protocol's reader in wire/ (read_outline), read by whoever counts tokens or trims. A plain value without
// texts: ranges are bytes of the body it was read from. Reused from request to request.
#pragma once

#include <cstdint>
#include <vector>

#include "llm/chat_request.h"
#include "llm/conversation.h"
#include "llm/protocol.h"

namespace pointsman::llm {

// No item, no call.
inline constexpr std::uint32_t kNoIndex = 0xFFFFFFFF;

enum class ItemKind : std::uint8_t {
  kSystem,     // system or developer
  kUser,       // a user says something; in Messages it may hold tool results, too
  kAssistant,  // the model says something
  kCalls,      // of the model, with at least one tool call
  kResults,    // tool results and nothing else
  kReasoning,  // an item of its own (Responses)
  kOther,
};

// A tool call that the model made.
struct OutlineCall {
  std::uint32_t item = 0;
  std::uint64_t key = 0;  // hash of its id, decoded
  ByteRange id;           // the string, quotes included; empty for a legacy function call, which has none
};

// The result of a tool call.
struct OutlineResult {
  std::uint32_t item = 0;
  std::uint32_t call = kNoIndex;  // which of the calls it answers; kNoIndex: none that we see
  std::uint64_t key = 0;
  ByteRange id;
  ByteRange content;  // a JSON value that a string may stand for; empty: there is none, and nothing to mask
};

// One element of "messages" or "input".
struct OutlineItem {
  ItemKind kind = ItemKind::kOther;
  Role role = Role::kUser;
  ByteRange bytes;                // the element, without commas
  ByteRange content;              // of what a user says: a string or an array that is not empty
  std::uint32_t calls_begin = 0;  // its calls are calls[calls_begin, calls_end) of the outline
  std::uint32_t calls_end = 0;
  std::uint32_t results_begin = 0;
  std::uint32_t results_end = 0;
  std::uint32_t cache_markers = 0;  // members "cache_control"
  bool sealed = false;              // holds thinking that is signed or encrypted
  bool stays = false;               // may never be removed: system messages, what stands for removed context
  bool pins_turn = false;           // refers to things we do not see: nothing of its turn may be removed
  // By settle(). A turn begins with what a user says, unless that only goes on (two user messages in a row).
  bool starts_turn = false;
  // No result here or later answers a call before this item: what is before may be removed.
  bool may_cut = false;
};

struct Outline {
  Protocol protocol = Protocol::kChatCompletions;
  std::vector<OutlineItem> items;  // every element of the array, in order
  std::vector<OutlineCall> calls;  // in the order of their items
  std::vector<OutlineResult> results;

  void clear() {
    items.clear();
    calls.clear();
    results.clear();
  }
};

// For readers, once all items are there: finds each result's call, and where turns begin and may be cut. A result
// answers the nearest call before it with its id that has no answer yet, since some clients use an id again; without
// one, the nearest with its id. O(n log n) whatever the ids are.
void settle(Outline& outline);

}  // namespace pointsman::llm
