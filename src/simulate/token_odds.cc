#include "simulate/token_odds.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "simulate/json_text.h"

namespace pointsman::simulate {
namespace {

constexpr std::size_t kMostListed = 20;   // top_logprobs of OpenAI and vLLM
constexpr std::size_t kLongestToken = 9;  // bytes of a word that stays whole
constexpr double kSpacedShare = 0.02;     // of a bare label's chance that goes to the label behind a space
constexpr double kLeastOutside = 1e-6;    // even what is sure could be something else
constexpr double kRareLogprob = -17;      // of what is listed because the list is long

constexpr double kLeastListed = 1e-7;     // a stray's chance; below it is rare
constexpr double kLeastUnderMask = 1e-5;  // the same where only labels may be written; below it is impossible

constexpr std::array<std::string_view, 24> kStrays = {
    "The", "This", "Based", "**", "\n",   "Sure", "Label", "Category", "It",  "Here", "```", "To",
    "\"",  "I",    "Let",   " (", "user", "In",   "We",    "Your",     "For", "json", "As",  "<"};

char folded(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool begins_with(std::string_view text, std::string_view beginning) {
  return beginning.size() <= text.size() && std::equal(beginning.begin(), beginning.end(), text.begin(),
                                                       [](char a, char b) { return folded(a) == folded(b); });
}

// Whether whoever reads the list could take `stray` for a part of one of its tokens.
bool is_like_one(std::string_view stray, const std::vector<TokenChance>& tokens) {
  return std::ranges::any_of(tokens, [stray](const TokenChance& one) {
    return begins_with(one.token, stray) || begins_with(stray, one.token);
  });
}

void sort_by_chance(std::vector<TokenChance>& tokens) {
  std::ranges::sort(tokens, [](const TokenChance& a, const TokenChance& b) {
    return a.logprob != b.logprob ? a.logprob > b.logprob : a.token < b.token;
  });
}

void add_mass(std::vector<TokenChance>& to, std::string_view token, double mass) {
  const auto found = std::ranges::find(to, token, &TokenChance::token);
  if (found != to.end()) {
    found->logprob += mass;
  } else {
    to.push_back({std::string(token), mass});
  }
}

bool agrees(const std::vector<std::string>& a, const std::vector<std::string>& b, std::size_t tokens) {
  return a.size() >= tokens && std::equal(b.begin(), b.begin() + static_cast<std::ptrdiff_t>(tokens), a.begin());
}

// What no label is: halving chances that add up to `mass`, or as impossible, or as very rare.
void add_strays(std::vector<TokenChance>& to, double mass, bool masked, std::size_t wanted) {
  const std::size_t labels = to.size();
  const std::vector<TokenChance> known(to.begin(), to.begin() + static_cast<std::ptrdiff_t>(labels));
  const double least = masked ? kLeastUnderMask : kLeastListed;
  double share = mass / 2;
  double rare = kRareLogprob;
  for (const std::string_view stray : kStrays) {
    if (to.size() >= std::max(wanted, labels + 3)) break;
    if (is_like_one(stray, known)) continue;
    if (share > least) {
      to.push_back({std::string(stray), std::log(share)});
    } else {
      to.push_back({std::string(stray), masked ? kOutsideTheList : rare});
      rare -= 0.4;
    }
    share /= 2;
  }
}

TokenOdds listed(std::vector<TokenChance> all, std::string_view written, std::uint32_t top) {
  sort_by_chance(all);
  const auto place = std::ranges::find(all, written, &TokenChance::token);
  const bool far = place - all.begin() >= static_cast<std::ptrdiff_t>(kMostListed);
  TokenOdds out;
  out.logprob = far || place == all.end() ? kOutsideTheList : place->logprob;
  if (all.size() > top) all.resize(top);
  out.top = std::move(all);
  return out;
}

}  // namespace

std::vector<std::string> label_tokens(std::string_view label) {
  std::vector<std::string> out;
  for (std::size_t begin = 0; begin < label.size();) {
    std::size_t end = begin + 1;
    while (end < label.size() && std::string_view("_-./ ").find(label[end]) == std::string_view::npos) ++end;
    if (end - begin > kLongestToken) end = piece_end(label, begin, (end - begin) / 2);
    out.emplace_back(label.substr(begin, end - begin));
    begin = end;
  }
  return out;
}

TokenOdds odds_at(const LabelPlace& place, std::uint32_t top) {
  const std::vector<std::string>& own = place.labels[place.written];
  std::vector<TokenChance> all;
  double sum = 0;
  for (std::size_t i = 0; i < place.labels.size(); ++i) {
    const std::vector<std::string>& tokens = place.labels[i];
    if (!agrees(tokens, own, place.token)) continue;
    add_mass(all, place.token == tokens.size() ? place.after : std::string_view(tokens[place.token]), place.chances[i]);
    sum += place.chances[i];
  }
  if (sum <= 0) sum = 1;
  const double outside = std::max(place.outside, kLeastOutside);
  sort_by_chance(all);
  if (!place.masked && place.token == 0) {
    const double spaced = all.front().logprob * kSpacedShare;
    all.front().logprob -= spaced;
    all.push_back({" " + all.front().token, spaced});
  }
  for (TokenChance& one : all) one.logprob = std::log(std::max(one.logprob / sum * (1 - outside), 1e-30));
  add_strays(all, outside, place.masked, top);
  return listed(std::move(all), place.token == own.size() ? place.after : std::string_view(own[place.token]), top);
}

TokenOdds certain_odds(std::string_view token, std::uint32_t top, std::uint64_t key) {
  const double outside = kLeastOutside * static_cast<double>(1 + key % 9);
  std::vector<TokenChance> all = {{std::string(token), std::log1p(-outside)}};
  add_strays(all, outside, true, top);
  return listed(std::move(all), token, top);
}

}  // namespace pointsman::simulate
