// What a PrefixValidator has open: one frame for each value that has begun and not ended, and in it one node for each
// rule the value is held against.
//
// Plain values in two stacks, owned by one validator. A node comes behind its parent, and the nodes of a rule's
// branches stand between it and its `end`.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "json/schema/program.h"
#include "json/schema/text_set.h"

namespace pointsman::json::schema {

inline constexpr std::uint32_t kNoNode = ~std::uint32_t{0};

// What a node is to its parent.
enum class Role : std::uint8_t {
  kRequired,  // the parent is met only if the node is
  kBranch,    // of anyOf or oneOf
  kNegated,   // of not
  kTest,      // if
  kThen,
  kElse,
  kWhenPresent,  // of dependentSchemas
  kContains,     // an item held against the parent's `contains`
  kUnevaluated,  // required, unless some branch turns out to have evaluated the item or member
};

enum class State : std::uint8_t {
  kOpen,
  kDead,  // not met, or of no interest any more
  kMet,
};

struct ActiveNode {
  const Rule* rule = nullptr;
  std::uint32_t parent = kNoNode;
  std::uint32_t end = 0;      // behind its last branch; 0 while they are being added
  std::uint32_t ordinal = 0;  // of the item or member in the parent's value
  std::uint32_t depth = 0;    // of its frame
  std::uint32_t words = 0;    // the first word of the names seen
  // kAny, kOne: branches that are not dead, and met ones. kAll: items that met `contains` are in `passed`.
  std::uint32_t open = 0;
  std::uint32_t passed = 0;
  std::uint32_t passed_perhaps = 0;
  // The allowed strings that begin with what has come so far, and how many bytes that is.
  std::uint32_t low = 0, high = 0, matched = 0;
  // How far the string has come in the automata of the rule's patterns.
  std::array<Automaton::State, StringRule::kMaxPatterns> pattern_states{};
  Role role = Role::kRequired;
  State state = State::kOpen;
  bool uncertain = false;  // met, as far as it was enforced
  bool collects = false;   // somebody above wants to know what it evaluated
  // kIf: what is known of its parts. kWhenPresent: whether the member was there, and whether its rule is dead.
  bool test_met = false, test_perhaps = false, test_dead = false, then_dead = false, else_dead = false;
  bool present = false, branch_dead = false;
};

// Whether some allowed string still begins with what has come, `piece` behind it. The node remembers which.
bool narrow(ActiveNode& node, const AllowedValues& allowed, std::string_view piece);

// "Node evaluated the item or member."
struct Mark {
  std::uint32_t node = 0;
  std::uint32_t ordinal = 0;
};

struct ActiveFrame {
  ValueKind kind = ValueKind::kNull;
  std::uint32_t first_node = 0;
  std::uint32_t first_word = 0;
  std::uint32_t name_begin = 0;  // in the validator's names
  std::uint32_t count = 0;       // items, or members, that have begun
  std::uint64_t length = 0;      // of a string, in code points
  std::size_t canonical_begin = 0;
  std::size_t item_begin = 0;
  bool is_name = false;     // a member's name held against propertyNames
  bool watches = false;     // some node looks at the pieces of this string
  bool counts = false;      // some node asks for the length
  bool keeps_text = false;  // some node asks for the whole string
  bool captures = false;    // some node asks for the canonical text
  bool unique = false;      // some node asks whether items repeat
  bool distinct = false;    // some node counts members
  bool repeated = false;    // an item came twice
  TextSet seen;             // items, or names
  std::vector<Mark> marks;
  std::vector<Mark> deferred;  // unevaluated items or members that failed
};

}  // namespace pointsman::json::schema
