#include "learn/phrase_search.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <unordered_map>

#include "base/hash.h"
#include "learn/binomial.h"
#include "learn/holm.h"
#include "text/tokens.h"

namespace pointsman::learn {
namespace {

constexpr std::size_t kMostWords = 200;   // of a text
constexpr std::size_t kLongest = 4;       // words of a phrase
constexpr std::size_t kFewest = 8;        // recent rows that carry it
constexpr double kOneCategory = 0.9;      // share of them that go with one category
constexpr double kFewSources = 0.8;       // share of them that two sources brought
constexpr double kElsewhere = 0.2;        // of how often they use it, how often others may
constexpr std::size_t kMostTested = 400;  // phrases
constexpr std::size_t kMostJudged = 60;   // rows of a phrase
constexpr double kMostly = 0.5;           // share of those that must contradict

using Words = std::vector<std::string>;

void append(char32_t c, std::string& out) {
  const auto put = [&](char32_t byte) { out += static_cast<char>(static_cast<unsigned char>(byte)); };
  if (c < 0x80) return put(c);
  if (c < 0x800) {
    put(0xC0U | (c >> 6U));
  } else if (c < 0x10000) {
    put(0xE0U | (c >> 12U));
    put(0x80U | ((c >> 6U) & 0x3FU));
  } else {
    put(0xF0U | (c >> 18U));
    put(0x80U | ((c >> 12U) & 0x3FU));
    put(0x80U | ((c >> 6U) & 0x3FU));
  }
  put(0x80U | (c & 0x3FU));
}

Words words_of(std::string_view text, text::Tokens& tokens) {
  text::tokenize(text, tokens);
  Words out;
  for (const text::Token& token : tokens.tokens) {
    if (out.size() == kMostWords) break;
    std::string& word = out.emplace_back();
    for (std::uint32_t i = token.begin; i < token.end; ++i) append(tokens.chars[i], word);
  }
  return out;
}

std::string join(std::span<const std::string> words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : " ") + word;
  return out;
}

// Calls visit(hash, first word, words) for every phrase of a text.
template <class Visit>
void each_phrase(const Words& words, const Visit& visit) {
  for (std::size_t begin = 0; begin < words.size(); ++begin) {
    std::uint64_t hash = 0;
    for (std::size_t n = 1; n <= kLongest && begin + n <= words.size(); ++n) {
      hash = base::xxh3(words[begin + n - 1], hash + n);
      visit(hash, begin, n);
    }
  }
}

struct Phrase {
  std::vector<std::uint32_t> rows;  // indices into the recent rows
  std::size_t length = 0;
  std::size_t others = 0;  // rows that are not recent and carry it
};

class Search {
 public:
  Search(std::span<const Lesson> lessons, const LessonModel& model, const PhraseOptions& options)
      : lessons_(lessons), model_(model), options_(options) {}

  PhraseSearch run() {
    read();
    gather();
    std::vector<PhraseFinding> tested;
    for (const auto& [hash, phrase] : concentrated()) tested.push_back(judge(*phrase, hash));
    std::vector<double> p_values;
    for (const PhraseFinding& one : tested) p_values.push_back(one.p_value);
    const std::vector<double> adjusted = holm_adjusted(p_values);
    PhraseSearch out{.tested = tested.size()};
    for (std::size_t i = 0; i < tested.size(); ++i) {
      tested[i].p_value = adjusted[i];
      const bool mostly =
          static_cast<double>(tested[i].contradicting) >= kMostly * static_cast<double>(tested[i].judged);
      if (adjusted[i] <= options_.alpha && mostly) keep(std::move(tested[i]), out.found);
    }
    return out;
  }

 private:
  void read() {
    text::Tokens tokens;
    for (std::size_t i = 0; i < lessons_.size(); ++i) {
      if (!lessons_[i].recent) continue;
      recent_.push_back(i);
      words_.push_back(words_of(lessons_[i].text, tokens));
      ++of_source_[lessons_[i].source];
    }
  }

  // Every phrase of enough recent rows, with those rows.
  void gather() {
    std::unordered_map<std::uint64_t, std::pair<std::uint32_t, std::uint32_t>> counts;  // rows, the last one plus 1
    for (std::uint32_t row = 0; row < words_.size(); ++row) {
      each_phrase(words_[row], [&](std::uint64_t hash, std::size_t, std::size_t) {
        auto& [count, last] = counts[hash];
        count += last == row + 1 ? 0 : 1;
        last = row + 1;
      });
    }
    for (std::uint32_t row = 0; row < words_.size(); ++row) {
      each_phrase(words_[row], [&](std::uint64_t hash, std::size_t, std::size_t n) {
        if (counts[hash].first < kFewest) return;
        Phrase& phrase = phrases_[hash];
        phrase.length = n;
        if (phrase.rows.empty() || phrase.rows.back() != row) phrase.rows.push_back(row);
      });
    }
    count_others();
  }

  void count_others() {
    text::Tokens tokens;
    std::set<std::uint64_t> seen;
    for (const Lesson& lesson : lessons_) {
      if (lesson.recent) continue;
      seen.clear();
      each_phrase(words_of(lesson.text, tokens), [&](std::uint64_t hash, std::size_t, std::size_t) {
        const auto known = phrases_.find(hash);
        if (known != phrases_.end() && seen.insert(hash).second) ++known->second.others;
      });
    }
  }

  // The category that a phrase goes with, and how many of its rows do.
  std::pair<std::uint32_t, std::size_t> category_of(const Phrase& phrase) const {
    std::map<std::uint32_t, std::size_t> counts;
    for (const std::uint32_t row : phrase.rows) ++counts[lessons_[recent_[row]].category];
    const auto most = std::ranges::max_element(counts, {}, [](const auto& one) { return one.second; });
    return *most;
  }

  // The two sources that brought most of a phrase's rows, and how many they brought.
  std::pair<std::vector<std::string>, std::size_t> sources_of(const Phrase& phrase) const {
    std::map<std::string, std::size_t> counts;
    for (const std::uint32_t row : phrase.rows) ++counts[lessons_[recent_[row]].source];
    std::vector<std::pair<std::size_t, std::string>> sorted;
    for (const auto& [source, count] : counts) sorted.emplace_back(count, source);
    std::ranges::sort(sorted, [](const auto& a, const auto& b) {
      return a.first != b.first ? a.first > b.first : a.second < b.second;
    });
    std::pair<std::vector<std::string>, std::size_t> out;
    for (std::size_t i = 0; i < std::min<std::size_t>(sorted.size(), 2); ++i) {
      out.first.push_back(sorted[i].second);
      out.second += sorted[i].first;
    }
    return out;
  }

  bool is_concentrated(const Phrase& phrase) const {
    const auto rows = static_cast<double>(phrase.rows.size());
    if (static_cast<double>(category_of(phrase).second) < kOneCategory * rows) return false;
    const auto [sources, brought] = sources_of(phrase);
    if (static_cast<double>(brought) < kFewSources * rows) return false;
    double theirs = 0;
    for (const std::string& source : sources) theirs += static_cast<double>(of_source_.at(source));
    const double elsewhere = static_cast<double>(lessons_.size()) - theirs;
    const double outside = static_cast<double>(phrase.others + phrase.rows.size() - brought);
    return elsewhere < 1 || outside / elsewhere <= kElsewhere * static_cast<double>(brought) / theirs;
  }

  std::vector<std::pair<std::uint64_t, const Phrase*>> concentrated() const {
    std::vector<std::pair<std::uint64_t, const Phrase*>> out;
    for (const auto& [hash, phrase] : phrases_) {
      if (is_concentrated(phrase)) out.emplace_back(hash, &phrase);
    }
    std::ranges::sort(out, [](const auto& a, const auto& b) {
      return std::tuple(-static_cast<std::int64_t>(a.second->rows.size()), -static_cast<int>(a.second->length),
                        a.first) < std::tuple(-static_cast<std::int64_t>(b.second->rows.size()),
                                              -static_cast<int>(b.second->length), b.first);
    });
    if (out.size() > kMostTested) out.resize(kMostTested);
    return out;
  }

  // The text without any place where the phrase stands; `phrase` becomes its words.
  std::string without(const Words& words, std::uint64_t wanted, std::string& phrase) const {
    std::vector<bool> drop(words.size(), false);
    each_phrase(words, [&](std::uint64_t hash, std::size_t begin, std::size_t n) {
      if (hash != wanted) return;
      phrase = join(std::span(words).subspan(begin, n));
      for (std::size_t i = begin; i < begin + n; ++i) drop[i] = true;
    });
    std::string out;
    for (std::size_t i = 0; i < words.size(); ++i) {
      if (!drop[i]) out += (out.empty() ? "" : " ") + words[i];
    }
    return out;
  }

  PhraseFinding judge(const Phrase& phrase, std::uint64_t hash) const {
    PhraseFinding out{.category = category_of(phrase).first, .sources = sources_of(phrase).first};
    const std::size_t stride = phrase.rows.size() / kMostJudged + 1;
    for (std::size_t at = 0; at < phrase.rows.size(); ++at) {
      const std::uint32_t row = phrase.rows[at];
      out.rows.push_back(recent_[row]);
      if (at % stride != 0 || !model_.knows(recent_[row])) continue;
      const std::string rest = without(words_[row], hash, out.phrase);
      const LessonOpinion opinion = model_.opinion_of(rest, recent_[row]);
      ++out.judged;
      out.contradicting += opinion.category != out.category && opinion.probability >= options_.sure ? 1 : 0;
    }
    // P(X >= k) for X ~ Binomial(n, usual).
    out.p_value = binomial_cdf(out.judged - out.contradicting, out.judged, 1 - options_.usual_rate);
    return out;
  }

  // Phrases that overlap are in nearly the same rows; the first is in most of them, or is the longest.
  static void keep(PhraseFinding finding, std::vector<PhraseFinding>& found) {
    for (const PhraseFinding& one : found) {
      std::vector<std::size_t> both;
      std::ranges::set_intersection(one.rows, finding.rows, std::back_inserter(both));
      if (2 * both.size() > finding.rows.size()) return;
    }
    found.push_back(std::move(finding));
  }

  std::span<const Lesson> lessons_;
  const LessonModel& model_;
  const PhraseOptions& options_;
  std::vector<std::size_t> recent_;  // indices of lessons
  std::vector<Words> words_;         // of the recent rows
  std::map<std::string, std::size_t> of_source_;
  std::unordered_map<std::uint64_t, Phrase> phrases_;
};

}  // namespace

PhraseSearch find_phrases(std::span<const Lesson> lessons, const LessonModel& model, const PhraseOptions& options) {
  return Search(lessons, model, options).run();
}

}  // namespace pointsman::learn
