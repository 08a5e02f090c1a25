// The random slice: decisions that are reviewed for no other reason than chance, so that how often the router is right
// can be estimated without bias.
//
// Whether a decision belongs to it is settled by its id alone: slice_draw(id, seed) is uniform in [0, 1), and those
// below the slice's rate belong (Bernoulli sampling; Saerndal, Swensson and Wretman 1992, section 3.2). They are asked
// about in the order of their draws, and are never chosen for another reason; so if an estimate uses exactly the
// members whose draws are below those of every member that still waits, it uses a sample of all decisions, each in it
// with the same probability, whatever it is about: the share of right ones among them is an unbiased estimate of the
// share among all. Members with smaller draws belong at every larger rate, too, so a rate that changed in between does
// no harm: the least one in force counts. A member that nobody could judge may have been right or wrong; the interval
// holds both. Draws do not depend on what a decision is about, as long as clients cannot choose ids: ids are the
// gateway's. Pure, any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/uuid.h"
#include "learn/evaluate.h"

namespace pointsman::learn {

double slice_draw(const base::Uuid& decision, std::uint64_t seed);

// The rate at which `labels` of `decisions` are drawn on average; at most 1.
double slice_rate(double labels, double decisions);

enum class SliceAnswer : std::uint8_t { kWaiting, kUnknown, kRight, kWrong };  // kUnknown: asked, nobody could say

struct SliceMember {
  double draw = 0;
  SliceAnswer answer = SliceAnswer::kWaiting;
};

struct SliceEstimate {
  Share right;              // of the members that were judged
  std::size_t unknown = 0;  // members beside them that nobody could judge
  double rate = 0;          // with which each decision is in the sample
  double low = 0;           // 95 % (Wilson 1927), had all unknown ones been wrong...
  double high = 1;          // ... and had all been right
};

// Of all members of a stretch of time, those that wait included; `rate` is the least one that was in force.
SliceEstimate estimate_from_slice(std::span<const SliceMember> members, double rate);

}  // namespace pointsman::learn
