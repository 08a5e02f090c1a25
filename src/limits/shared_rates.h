// What replicas tell each other of rates: who used how much in which second, and how many of us there are.
//
// Plain data. Nodes are known by a hash of their names, so that no name of a key, a team or an end user leaves the
// process, and a long one costs no more than a short one.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace pointsman::limits {

// The first half of the SHA-256 of a node's name: nobody can choose a name that is taken for another one.
using SharedName = std::array<unsigned char, 16>;
SharedName shared_name_of(std::string_view node);

enum class RateKind : std::uint8_t { kRequests, kTokens };

// So much was used `age` whole seconds before the second in which it is told; less than 0: so much less than was told
// before, for a call has ended and cost less than its worst case.
struct RateChange {
  SharedName node{};
  RateKind kind = RateKind::kRequests;
  std::uint8_t age = 0;
  std::int64_t amount = 0;
  bool operator==(const RateChange&) const = default;
};

// How a replica shares its rates with others.
//
// While it hears of them it lets through what fits the limit together with all it has heard. So what is let through in
// any 60 seconds is at most
//
//   limit + what the other replicas let through within `delay` before the last of it
//
// where `delay` is how long it takes to tell all others: two exchanges (one until the next telling, one until the next
// hearing) and two operations. If requests come to each of R replicas at a rate of r, that is at most
// limit + (R - 1) * r * delay, and never more than R * limit. Alone, it uses at most limit / replicas itself, besides
// what it last heard of; then what is let through in any 60 seconds that lie behind the loss is at most the limit, or
// one each where the limit is less than one each.
struct RateSharing {
  int replicas = 1;    // as many as were last heard of, this one included
  bool alone = false;  // the others are not heard any more
  bool operator==(const RateSharing&) const = default;
};

}  // namespace pointsman::limits
