// What people have corrected, remembered until the next training: a prompt nearly identical to a corrected one gets the
// corrected category at once.
//
// Holds hashes and weights, no texts. Built once from a list of corrections, immutable, shared by all threads; a new
// correction is a new memory, swapped in by its owner. The same corrections in any order give the same memory and
// version. Bounded: the newest `capacity` corrections, of one source at most `source_share` of the capacity, so that no
// single person or key can fill it; sources that are not trusted count as one there. What one source says later
// replaces what it said of the same text before; where sources contradict each other about the same text, or the
// nearest corrections name different categories, nothing takes effect. A lookup takes microseconds
// (bench/classify_bench.cc).
//
// Likeness is the cosine of weighted words and character n-grams, each block of length 1, weighted as learn/sparse.h
// does with the corrections as the collection: (1 + ln count) x idf. Compared are those whose words alone are alike
// enough, at most 64 of them, found by prefix filtering (Bayardo, Ma and Srikant 2007, "Scaling Up All Pairs Similarity
// Search", section 4).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "text/features.h"

namespace pointsman::classify {

// What is kept of a text: enough to know it or its like again, too little to read it.
struct TextTrace {
  std::uint64_t hash = 0;               // of text and context; case, spacing and punctuation do not matter
  std::vector<text::Feature> features;  // sorted by block and hash; words, characters and context. Empty: too many or
                                        // none, and only exactly the same text is recognised
};
TextTrace trace_of(const text::Document& document, text::FeatureExtractor& extractor);
// The same from features that were kept instead of the text (ledger::Entry::features), in any order. Nothing where
// there are too many, or none that count.
std::optional<TextTrace> trace_of(std::span<const text::Feature> features);

struct Correction {
  std::string id;        // names it in explanations
  std::string source;    // who said so: a person or a key
  std::string category;  // empty: none of them
  base::WallTime when{};
  TextTrace trace;
  bool trusted = true;  // else its source shares one part of the capacity with all others that are not: names that
                        // anybody can make up must not add up
};

struct MemoryOptions {
  std::size_t capacity = 4096;
  double source_share = 0.25;  // of the capacity
  float bar = 0.7F;            // less alike is not nearly identical
  float clearance = 0.3F;      // so much less alike must a correction to another category be
};

class CorrectionMemory {
 private:
  struct Term {
    float idf = 0;
    std::uint32_t begin = 0;  // [begin, end) of postings_
    std::uint32_t end = 0;
  };

 public:
  struct Hit {
    std::string_view category;
    std::string_view correction;  // its id
    float likeness = 1;           // 1: the same text
  };
  // Working memory of one thread.
  struct Scratch {
    text::FeatureExtractor extractor;
    TextTrace trace;
    std::vector<const Term*> terms;  // of the trace's features
    std::vector<float> weights;
    std::vector<std::pair<std::uint32_t, std::uint32_t>> order;  // words: how many corrections have them, which
    std::vector<float> sums;                                     // by entry
    std::vector<std::uint32_t> touched;                          // entries that may be alike enough
    std::vector<std::pair<float, std::uint32_t>> found;
  };

  CorrectionMemory() = default;
  static std::shared_ptr<const CorrectionMemory> build(std::vector<Correction> corrections,
                                                       const MemoryOptions& options = {});

  // What was said of this text or its like; nothing if nobody said anything, or people disagree.
  std::optional<Hit> find(const text::Document& document, Scratch& scratch) const;

  std::size_t size() const { return entries_.size(); }
  std::size_t disputed() const { return disputed_; }  // texts that sources contradict each other about
  std::size_t left_out() const { return left_out_; }  // corrections beyond the capacity or their source's share
  // SHA-256, in hexadecimal, of everything that decides what find() says.
  const std::string& version() const { return version_; }

 private:
  struct Entry {
    std::string category;
    std::string id;
    std::uint64_t hash = 0;
    bool disputed = false;
    std::size_t words = 0;  // of its features
    float length = 1;       // of all of them
    std::size_t begin = 0;  // [begin, end) of features_
    std::size_t end = 0;
  };
  struct Weighed {
    text::Block block = text::Block::kWords;
    std::uint32_t hash = 0;
    float weight = 0;
  };
  struct Posting {
    std::uint32_t entry = 0;
    float weight = 0;
  };
  struct Nearest {
    const Entry* entry = nullptr;
    float likeness = 0;
    float other = 0;  // of the nearest that says something else
  };

  void keep(std::vector<Correction> corrections);
  void index(std::vector<TextTrace> traces);
  void name_version();
  float weigh(std::size_t begin, std::size_t end, Scratch& scratch) const;
  float words_needed(std::span<const text::Feature> features) const;
  // Fills `touched` with all entries whose words are at least so much alike, and perhaps others.
  void gather(float needed, std::size_t words, Scratch& scratch) const;
  Nearest nearest(float length, Scratch& scratch) const;
  float likeness(const Entry& entry, const Scratch& scratch) const;

  MemoryOptions options_;
  std::vector<Entry> entries_;  // the newest first
  std::vector<Weighed> features_;
  std::unordered_map<std::uint32_t, Term> terms_;
  std::vector<Posting> postings_;
  std::unordered_map<std::uint64_t, std::uint32_t> by_hash_;
  float unknown_idf_ = 1;
  std::size_t disputed_ = 0;
  std::size_t left_out_ = 0;
  std::string version_;
};

}  // namespace pointsman::classify
