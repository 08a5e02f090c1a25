#include "simulate/answer_book.h"

#include <algorithm>
#include <array>

#include "base/rng.h"

namespace pointsman::simulate {
namespace {

constexpr std::array<std::string_view, 10> kOpeners = {"In short,",
                                                       "As a rule,",
                                                       "On most days",
                                                       "For a first version",
                                                       "Before the next release",
                                                       "In practice",
                                                       "After a closer look",
                                                       "For the team in the north",
                                                       "Under normal load",
                                                       "To begin with"};
constexpr std::array<std::string_view, 12> kSubjects = {
    "the service",      "a small cache",       "the monthly report",
    "the new schedule", "every branch office", "the ferry",
    "the older index",  "one careful reader",  "the garden behind the station",
    "the second shift", "a plain table",       "the river survey"};
constexpr std::array<std::string_view, 12> kVerbs = {"keeps",    "explains", "replaces",         "needs",
                                                     "records",  "shortens", "compares",         "carries",
                                                     "outlives", "sorts",    "quietly improves", "depends on"};
constexpr std::array<std::string_view, 12> kObjects = {
    "a list of open questions", "the figures of last spring", "two independent checks", "the usual paper form",
    "most of the waiting time", "an agreed order of steps",   "the map of the harbor",  "fewer moving parts",
    "a copy of each record",    "the cost of a mistake",      "three short examples",   "the names of all stops"};
constexpr std::array<std::string_view, 10> kTails = {"until the next review",
                                                     "without further notice",
                                                     "for about a week",
                                                     "when the weather allows it",
                                                     "and nobody has to be asked twice",
                                                     "which is why it was chosen",
                                                     "as the summary shows",
                                                     "in the same order",
                                                     "at a fraction of the price",
                                                     "so the rest can wait"};

template <std::size_t N>
std::string_view pick(const std::array<std::string_view, N>& from, base::Rng& rng) {
  return from[rng.below(N)];
}

void append_words(Answer& out, std::string_view words, std::string_view before, std::string_view after,
                  std::uint32_t most) {
  out.text += before;
  for (std::size_t begin = 0; begin < words.size() && out.token_ends.size() < most;) {
    const std::size_t space = std::min(words.find(' ', begin + 1), words.size());
    out.text += words.substr(begin, space - begin);
    if (space == words.size()) out.text += after;
    out.token_ends.push_back(static_cast<std::uint32_t>(out.text.size()));
    begin = space;
  }
}

Answer write_answer(std::uint64_t seed, std::uint32_t tokens) {
  base::Rng rng(seed);
  Answer out;
  out.token_ends.reserve(tokens);
  while (out.token_ends.size() < tokens) {
    append_words(out, pick(kOpeners, rng), out.text.empty() ? "" : " ", "", tokens);
    for (const std::string_view words : {pick(kSubjects, rng), pick(kVerbs, rng), pick(kObjects, rng)}) {
      if (out.token_ends.size() < tokens) append_words(out, words, " ", "", tokens);
    }
    const std::string_view tail = pick(kTails, rng);
    if (out.token_ends.size() < tokens) append_words(out, tail, " ", ".", tokens);
  }
  return out;
}

}  // namespace

AnswerBook::AnswerBook(std::uint64_t seed, std::uint32_t tokens, double spread) : seed_(seed) {
  base::Rng lengths(seed);
  answers_.reserve(kVariants);
  for (std::uint64_t i = 0; i < kVariants; ++i) {
    const double factor = 1 + spread * (2 * lengths.uniform() - 1);
    const double length = std::clamp(factor * tokens, 1.0, 1e6);
    answers_.push_back(write_answer(seed ^ (i * 0x9e3779b97f4a7c15ULL), static_cast<std::uint32_t>(length)));
  }
}

Answer AnswerBook::answer(std::uint64_t key, std::uint32_t tokens) const {
  return write_answer(seed_ ^ ((key % kVariants) * 0x9e3779b97f4a7c15ULL), tokens);
}

}  // namespace pointsman::simulate
