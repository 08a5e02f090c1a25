// links: pm_text
// parses: text/bpe text/bpe_packing text/pieces
// Any bytes are a text, and any bytes may be a packed vocabulary. The first byte says which: an even one makes the rest
// a text to encode with a small vocabulary and compare with merging by definition; an odd one makes it a vocabulary.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "text/bpe.h"
#include "text/bpe_packing.h"

namespace {

using pointsman::text::BpeVocabulary;
using pointsman::text::Splitting;
using pointsman::text::TokenCounter;

constexpr std::string_view kText = "a bab abba 'sab\n\xC3\xA4\xFF the the";
constexpr std::size_t kMaxCompared = 128;  // merging by definition takes quadratic time

std::vector<std::string> small_vocabulary() {
  std::vector<std::string> tokens;
  for (int byte = 0; byte < 256; ++byte) tokens.emplace_back(1, static_cast<char>(byte));
  for (const char* token :
       {"ab",  "bb",   "ba",   "aa",       " a",       "th",           "the", " the", "abb", "abba",
        "aab", "aaaa", "\n\n", "\xC3\xA4", "\xEF\xBF", "\xEF\xBF\xBD", "bab", "'s",   "  ",  "aabb"}) {
    tokens.emplace_back(token);
    if (!pointsman::text::pack_bpe(tokens, Splitting::kO200k)) tokens.pop_back();
  }
  return tokens;
}

using Ranks = std::unordered_map<std::string, std::uint32_t>;

void merge_by_definition(const Ranks& ranks, std::string_view piece, std::vector<std::uint32_t>& ids) {
  std::vector<std::string> parts;
  for (const char c : piece) parts.emplace_back(1, c);
  for (;;) {
    std::uint32_t lowest = ~0U;
    std::size_t best = 0;
    for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
      const auto found = ranks.find(parts[i] + parts[i + 1]);
      if (found != ranks.end() && found->second < lowest) lowest = found->second, best = i;
    }
    if (lowest == ~0U) break;
    parts[best] += parts[best + 1];
    parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(best) + 1);
  }
  for (const std::string& part : parts) ids.push_back(ranks.at(part));
}

std::vector<std::uint32_t> check(TokenCounter& counter, std::string_view text) {
  std::vector<std::uint32_t> ids;
  counter.encode(text, ids);
  if (counter.count(text) != ids.size()) std::abort();
  for (const std::size_t limit : {std::size_t{0}, std::size_t{3}, ids.size() - (ids.empty() ? 0 : 1), ids.size()}) {
    if (counter.count_up_to(text, limit).has_value() != (ids.size() <= limit)) std::abort();
  }
  return ids;
}

template <Splitting splitting>
void compare(std::string_view text) {
  static const std::vector<std::string> tokens = small_vocabulary();
  static const std::string packed = *pointsman::text::pack_bpe(tokens, splitting);
  static TokenCounter counter(*BpeVocabulary::open(std::as_bytes(std::span(packed))));
  const std::vector<std::uint32_t> ids = check(counter, text);
  std::string decoded;
  for (const std::uint32_t id : ids) decoded += tokens[id];
  if (decoded.size() > kMaxCompared) return;
  static const Ranks ranks = [] {
    Ranks all;
    for (const std::string& token : tokens) all.emplace(token, static_cast<std::uint32_t>(all.size()));
    return all;
  }();
  std::vector<std::uint32_t> expected;
  const char* const end = decoded.data() + decoded.size();
  for (const char* p = decoded.data(); p != end;) {
    const char* const behind = pointsman::text::piece_end<splitting>(p, end);
    if (behind <= p || behind > end) std::abort();
    merge_by_definition(ranks, {p, behind}, expected);
    p = behind;
  }
  if (ids != expected) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] % 2 == 0) {
    compare<Splitting::kO200k>(rest);
    compare<Splitting::kCl100k>(rest);
  } else if (const auto vocabulary = BpeVocabulary::open(std::as_bytes(std::span(rest)))) {
    TokenCounter counter(*vocabulary);
    check(counter, kText);
  }
  return 0;
}
