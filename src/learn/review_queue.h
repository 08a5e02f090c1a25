// Which decisions a person should look at next: the ones whose answers teach most, and a random slice that judges.
//
// A candidate's need is how unsure the router is about it (entropy of its probabilities), how far its stages disagree
// (classifier, small model, nearest labelled text), weighted by the money that a mistake costs. Answering one helps all
// that are like it: its worth is the need, summed over the candidates, that comes closer to something labelled,
//   worth(i) = sum_j need(j) x max(0, likeness(i, j) - covered(j)),   covered(j) = reach x likeness to the nearest
//   labelled,
// chosen greedily, each choice covering its like for the next (facility location, a submodular function, so that greedy
// is within 1 - 1/e of the best: Nemhauser, Wolsey and Fisher 1978; for active learning Wei, Iyer and Bilmes 2015). So
// typical doubts come before odd ones, what is new before what is known, and near copies never together.
// bench/learning.cc measures it against random picking and against the plain margin.
//
// A stated part of a batch is the random slice (random_slice.h): drawn by id, asked for no other reason, never chosen
// otherwise. Pure and deterministic for a seed, whatever order candidates come in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/uuid.h"
#include "classify/correction_memory.h"

namespace pointsman::learn {

// A decision that nobody has labelled.
struct ReviewCandidate {
  base::Uuid id;
  // Calibrated, one per category; what is missing to 1 belongs to none of them. Empty: nothing decided.
  std::vector<float> local;
  std::vector<float> small_model;  // the same of the small model; empty: it was not asked
  double at_stake = 0;             // dollars that a wrong decision costs; 0: unknown, taken for the mean
  classify::TextTrace trace;
};

// A text that was labelled, or that somebody is being asked about.
struct KnownText {
  const classify::TextTrace* trace = nullptr;
  std::size_t category = 0;  // index among the probabilities; their number or more: none, or not known yet
};

enum class ReviewReason : std::uint8_t { kRandom, kUnsure, kDisagreement, kNovel, kCostly, kTypical };
std::string_view to_string(ReviewReason reason);  // "random", "unsure", "disagreement", "novel", "costly", "typical"

struct ReviewOptions {
  std::size_t count = 25;
  double random_share = 0.2;   // of `count`; fewer while fewer of the slice wait
  double slice_rate = 0;       // of decisions that belong to the slice (random_slice.h: slice_rate)
  double sharpness = 1;        // probabilities are raised to it before their entropy counts
  double reach = 0.7;          // of its likeness, what a labelled text covers of one like it
  double disagreement = 0.5;   // what full disagreement of classifier and small model weighs beside full doubt
  double contradiction = 0.1;  // the same of the classifier and the nearest labelled text; labels are wrong at times
  double money = 0.5;          // need grows with (at_stake / mean) to this power, between a quarter and four times
  std::size_t most = 20'000;   // candidates that are looked at, those with the greatest need
  std::uint64_t seed = 1;      // of the slice, and of ties
};

struct ReviewItem {
  std::size_t candidate = 0;  // index
  ReviewReason reason = ReviewReason::kUnsure;
  std::string why;   // a short phrase for people
  double worth = 0;  // need that it covers; 0 for random ones
  double draw = 0;   // slice_draw() of its id
};

// The random ones first, then the worthiest. Fewer than `count` when no more is worth asking.
std::vector<ReviewItem> choose_for_review(std::span<const ReviewCandidate> candidates, std::span<const KnownText> known,
                                          const ReviewOptions& options);

}  // namespace pointsman::learn
