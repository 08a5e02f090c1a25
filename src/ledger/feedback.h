// What somebody said about a decision afterwards: a person's correction or verdict, or a sign that traffic itself gave.
//
// Plain data. Whoever receives it makes its id, whose time is when it came. It is kept beside the entry it speaks of
// (feedback_store.h), so that it still teaches when the ledger has forgotten that entry.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/uuid.h"

namespace pointsman::ledger {

// Was the model that answered the right choice?
enum class Fit : std::uint8_t { kUnsaid, kGood, kUnderpowered, kOverpowered };
std::string_view to_string(Fit fit);  // "", "good_fit", "underpowered", "overpowered"
std::optional<Fit> fit_from(std::string_view name);

// What traffic shows without anybody being asked. Weighs less than a person's word.
enum class Signal : std::uint8_t {
  kNone,           // a person spoke
  kRegenerated,    // the same question again, to a stronger model
  kRepeated,       // the same user asks the same again
  kInvalidOutput,  // the answer broke the structure that was asked for
  kOverridden,     // the client's header named another category for the same text
};
std::string_view to_string(Signal signal);  // "", "regenerated", "repeated", "invalid_output", "overridden"
std::optional<Signal> signal_from(std::string_view name);

struct Feedback {
  base::Uuid id;
  base::Uuid decision;  // the entry's id
  Signal signal = Signal::kNone;
  std::string who;           // the annotator, or the key that sent it; empty: not said
  std::string category;      // the right one; empty: not said, or none
  bool no_category = false;  // the request belongs to none of the categories
  Fit fit = Fit::kUnsaid;
  std::optional<int> rating;  // 1 to 5
  std::string comment;
  std::string corrected_output;
  bool golden = false;  // judges candidates for ever and never teaches
  // The decision was put before a person because it belongs to the random slice, drawn with this probability: such
  // labels estimate accuracy without bias. 0: chosen for another reason, or nobody chose it.
  double slice = 0;
  std::string idempotency_key;

  // Names what would have been right: a category, or none.
  bool labels() const { return no_category || !category.empty(); }

  static constexpr std::size_t kMaxWho = 128;
  static constexpr std::size_t kMaxComment = 4096;
  static constexpr std::size_t kMaxOutput = 32 * 1024;
  static constexpr std::size_t kMaxIdempotencyKey = 255;
};

}  // namespace pointsman::ledger
