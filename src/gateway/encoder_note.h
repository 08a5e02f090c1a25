// What became of asking the sentence encoder for its opinion of one request. Plain values; part of the decision, and
// kept in the ledger.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/clock.h"

namespace pointsman::gateway {

enum class EncoderOutcome : std::uint8_t {
  kNone,         // the classifier names no encoder, or did not run
  kNotNeeded,    // the classifier was sure enough, or its opinion could not change what is decided
  kUsed,         // the decision rests on the encoder's opinion
  kQueueFull,    // too many texts were waiting
  kLate,         // no answer within router.encoder.deadline
  kUnavailable,  // the encoder that the classifier names is not loaded, or it failed
  kCancelled,    // the client left while the encoder was asked, or we are stopping
};
inline constexpr std::size_t kEncoderOutcomes = 7;

constexpr std::string_view to_string(EncoderOutcome outcome) {
  constexpr std::array<std::string_view, kEncoderOutcomes> kNames = {"none", "not_needed",  "used",     "queue_full",
                                                                     "late", "unavailable", "cancelled"};
  return kNames[static_cast<std::size_t>(outcome)];
}

// Its opinion was wanted and did not come.
constexpr bool is_missing(EncoderOutcome outcome) {
  return outcome >= EncoderOutcome::kQueueFull;
}

struct EncoderNote {
  EncoderOutcome outcome = EncoderOutcome::kNone;
  base::Duration took{};  // from asking to the answer, or to giving up; waiting in the queue included
};

}  // namespace pointsman::gateway
