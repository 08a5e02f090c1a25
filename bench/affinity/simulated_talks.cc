#include "affinity/simulated_talks.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <span>

namespace pointsman::bench {
namespace {

// How a kind of conversation goes. Lengths are log-normal about their medians; the number of turns is geometric.
struct Habits {
  double opening = 0;  // tokens of system prompt, tools and first message
  double question = 0;
  double result = 0;  // of tools; 0: none are called
  double answer = 0;
  double turns = 1;  // of the user, on average
  double calls = 0;  // of tools in a turn, on average
  double same = 0;   // with which probability a turn has the category of the one before
  double pause = 0;  // median seconds between turns of the user
  std::array<double, 4> categories{};
};

constexpr std::array<Habits, 4> kHabits = {{
    {.opening = 12'000,
     .question = 150,
     .result = 1'200,
     .answer = 250,
     .turns = 6,
     .calls = 8,
     .same = 0.5,
     .pause = 60,
     .categories = {0.15, 0.35, 0.35, 0.15}},
    {.opening = 10'000,
     .question = 1'000,
     .answer = 250,
     .turns = 40,
     .same = 0.6,
     .pause = 12,
     .categories = {0.1, 0.4, 0.4, 0.1}},
    {.opening = 3'000,
     .question = 60,
     .answer = 180,
     .turns = 7,
     .same = 0.7,
     .pause = 70,
     .categories = {0.6, 0.25, 0.05, 0.1}},
    {.opening = 700, .question = 0, .answer = 300, .turns = 1, .same = 1, .categories = {0.5, 0.1, 0.25, 0.15}},
}};

double normal(base::Rng& rng) {
  const double radius = std::sqrt(-2 * std::log(rng.uniform() + 0x1.0p-54));
  return radius * std::cos(2 * std::numbers::pi * rng.uniform());
}

// Log-normal about `median`; one in six is more than twice as long.
std::int64_t length(double median, base::Rng& rng) {
  if (median <= 0) return 0;
  constexpr double kSpread = 0.7;
  return std::clamp<std::int64_t>(std::llround(median * std::exp(kSpread * normal(rng))), 1, 30'000);
}

// At least 1, and `mean` on average.
int geometric(double mean, base::Rng& rng) {
  int count = 1;
  while (count < 400 && rng.uniform() < 1 - 1 / mean) ++count;
  return count;
}

int draw(std::span<const double> shares, base::Rng& rng) {
  double left = rng.uniform();
  for (std::size_t i = 0; i + 1 < shares.size(); ++i) {
    left -= shares[i];
    if (left < 0) return static_cast<int>(i);
  }
  return static_cast<int>(shares.size()) - 1;
}

constexpr std::int64_t kFullWindow = 120'000;  // a conversation that is longer is begun anew

}  // namespace

std::string_view to_string(Talk talk) {
  constexpr std::array<std::string_view, 4> kNames = {"agents", "agents without tool results", "support chats",
                                                      "one-shot questions"};
  return kNames[static_cast<std::size_t>(talk)];
}

std::vector<Turn> simulate_talk(Talk talk, base::Rng& rng) {
  const Habits& habits = kHabits[static_cast<std::size_t>(talk)];
  std::vector<Turn> turns;
  std::int64_t prompt = length(habits.opening, rng);
  int category = draw(habits.categories, rng);
  const int wishes = geometric(habits.turns, rng);
  const auto take = [&](bool results, double pause) {
    turns.push_back({.category = category,
                     .tool_results = results,
                     .prompt = prompt,
                     .answer = length(habits.answer, rng),
                     .after = std::chrono::seconds(length(pause, rng))});
    prompt += turns.back().answer;
  };
  for (int wish = 0; wish < wishes && prompt < kFullWindow; ++wish) {
    if (wish > 0) {
      prompt += length(habits.question, rng);
      if (rng.uniform() >= habits.same) category = draw(habits.categories, rng);
    }
    take(false, habits.pause);
    if (habits.result <= 0 || category == 0) continue;
    for (int call = geometric(habits.calls, rng); call > 0 && prompt < kFullWindow; --call) {
      prompt += length(habits.result, rng);
      take(true, 8);
    }
  }
  return turns;
}

}  // namespace pointsman::bench
