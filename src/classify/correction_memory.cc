#include "classify/correction_memory.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <tuple>

#include "base/hash.h"
#include "text/tokens.h"

#pragma STDC FP_CONTRACT OFF

namespace pointsman::classify {
namespace {

constexpr std::size_t kMostFeatures = 1024;  // of a text that is recognised by its like; bounds a full memory to 40 MB
constexpr float kBlockWeight[text::kBlocks] = {1, 1, 0, 1.5F};  // the same words in another context are not alike

constexpr float kRest = 1.0F / 16;         // with 1 nothing is missed; with less there is less to compare
constexpr std::size_t kMostCompared = 64;  // of those whose words are alike enough, the ones most alike
constexpr float kWordsAlike = 0.2F;        // with words less alike, two texts are not compared

float weight_of(text::Block block) {
  return kBlockWeight[static_cast<std::size_t>(block)];
}

// As sparse.h has it.
float idf_of(std::size_t texts, std::size_t in) {
  return std::log((1.0F + static_cast<float>(texts)) / (1.0F + static_cast<float>(in))) + 1.0F;
}

// Words first: what is looked up for every text. Sorted, so that the order in which they were met does not matter.
void take_features(std::span<const text::Feature> features, std::vector<text::Feature>& out) {
  out.clear();
  if (features.size() > kMostFeatures) return;
  for (const text::Feature& feature : features) {
    if (weight_of(feature.block) > 0) out.push_back(feature);
  }
  std::ranges::sort(out, {}, [](const text::Feature& feature) { return std::pair(feature.block, feature.hash); });
}

std::size_t words_of(std::span<const text::Feature> features) {
  const auto end =
      std::ranges::find_if(features, [](const text::Feature& f) { return f.block != text::Block::kWords; });
  return static_cast<std::size_t>(end - features.begin());
}

std::uint64_t hash_of(std::span<const text::Feature> features) {
  std::string packed;
  for (const text::Feature& feature : features) {
    for (int shift = 0; shift < 32; shift += 8) packed += static_cast<char>(feature.hash >> shift & 0xFFU);
    packed += static_cast<char>(feature.count & 0xFFU);
    packed += static_cast<char>(feature.count >> 8);
  }
  return base::xxh3(packed);
}

void trace_into(const text::Document& document, text::FeatureExtractor& extractor, TextTrace& out) {
  const auto features = extractor.extract(document);
  out.features.clear();
  if (document.text.size() <= text::kMaxTextBytes) take_features(features, out.features);
  out.hash = out.features.empty() ? base::xxh3(document.text, base::xxh3(document.context)) : hash_of(out.features);
}

bool newer(const Correction& a, const Correction& b) {
  return std::tie(a.when, a.id, a.source, a.category, a.trace.hash) >
         std::tie(b.when, b.id, b.source, b.category, b.trace.hash);
}

void put(std::string& out, std::string_view field) {
  out += std::to_string(field.size());
  out += ':';
  out += field;
}

}  // namespace

TextTrace trace_of(const text::Document& document, text::FeatureExtractor& extractor) {
  TextTrace out;
  trace_into(document, extractor, out);
  return out;
}

std::optional<TextTrace> trace_of(std::span<const text::Feature> features) {
  TextTrace out;
  take_features(features, out.features);
  if (out.features.empty()) return std::nullopt;
  out.hash = hash_of(out.features);
  return out;
}

std::shared_ptr<const CorrectionMemory> CorrectionMemory::build(std::vector<Correction> corrections,
                                                                const MemoryOptions& options) {
  auto memory = std::make_shared<CorrectionMemory>();
  memory->options_ = options;
  memory->keep(std::move(corrections));
  return memory;
}

// From the newest on: one entry for each text.
void CorrectionMemory::keep(std::vector<Correction> corrections) {
  std::ranges::sort(corrections, newer);
  const auto most = static_cast<std::size_t>(options_.source_share * static_cast<double>(options_.capacity));
  std::unordered_map<std::string, std::size_t> held;  // by source
  std::size_t of_strangers = 0;
  std::unordered_map<std::uint64_t, std::vector<std::string>> heard;  // sources, by text
  std::vector<TextTrace> traces;
  for (Correction& one : corrections) {
    std::vector<std::string>& sources = heard[one.trace.hash];
    if (std::ranges::find(sources, one.source) != sources.end()) continue;  // it said something else since
    const auto known = by_hash_.find(one.trace.hash);
    if (known != by_hash_.end()) {
      Entry& entry = entries_[known->second];
      entry.disputed = entry.disputed || entry.category != one.category;
      sources.push_back(std::move(one.source));
      continue;
    }
    std::size_t& part = one.trusted ? held[one.source] : of_strangers;
    if (entries_.size() >= options_.capacity || part >= most) {
      ++left_out_;
      continue;
    }
    ++part;
    sources.push_back(std::move(one.source));
    by_hash_.emplace(one.trace.hash, static_cast<std::uint32_t>(entries_.size()));
    entries_.push_back({.category = std::move(one.category), .id = std::move(one.id), .hash = one.trace.hash});
    traces.push_back(std::move(one.trace));
  }
  disputed_ = static_cast<std::size_t>(std::ranges::count(entries_, true, &Entry::disputed));
  index(std::move(traces));
  name_version();
}

void CorrectionMemory::index(std::vector<TextTrace> traces) {
  std::unordered_map<std::uint32_t, std::uint32_t> counts;
  for (const TextTrace& trace : traces) {
    for (const text::Feature& feature : trace.features) ++counts[feature.hash];
  }
  unknown_idf_ = idf_of(traces.size(), 0);
  std::uint32_t begin = 0;
  for (const auto& [hash, count] : counts) {
    terms_.emplace(hash, Term{idf_of(traces.size(), count), begin, begin});
    begin += count;
  }
  postings_.resize(begin);
  Scratch scratch;
  for (std::uint32_t i = 0; i < traces.size(); ++i) {
    Entry& entry = entries_[i];
    scratch.trace = std::move(traces[i]);
    entry.words = words_of(scratch.trace.features);
    entry.begin = features_.size();
    weigh(0, entry.words, scratch);
    for (std::size_t f = 0; f < entry.words; ++f) {
      Term& term = terms_[scratch.trace.features[f].hash];
      postings_[term.end++] = {i, scratch.weights[f]};
    }
    entry.length = weigh(entry.words, scratch.trace.features.size(), scratch);
    for (std::size_t f = 0; f < scratch.weights.size(); ++f) {
      features_.push_back({scratch.trace.features[f].block, scratch.trace.features[f].hash, scratch.weights[f]});
    }
    entry.end = features_.size();
  }
}

void CorrectionMemory::name_version() {
  std::string all;
  put(all, std::to_string(options_.bar));
  put(all, std::to_string(options_.clearance));
  for (const Entry& entry : entries_) {
    put(all, entry.disputed ? std::string_view("?") : std::string_view(entry.category));
    put(all, entry.id);
    put(all, std::to_string(entry.hash));
    for (std::size_t f = entry.begin; f < entry.end; ++f) put(all, std::to_string(features_[f].hash));
  }
  version_ = base::sha256_hex(all);
}

// Fills terms and weights of the trace's features [begin, end), where those before are filled. Each block has the
// length of its weight; returns the length of all that are filled.
float CorrectionMemory::weigh(std::size_t begin, std::size_t end, Scratch& scratch) const {
  const auto& features = scratch.trace.features;
  scratch.terms.resize(end);
  scratch.weights.resize(end);
  std::array<float, text::kBlocks> squares{};
  for (std::size_t f = begin; f < end; ++f) {
    const auto found = terms_.find(features[f].hash);
    scratch.terms[f] = found == terms_.end() ? nullptr : &found->second;
    const float idf = scratch.terms[f] == nullptr ? unknown_idf_ : scratch.terms[f]->idf;
    scratch.weights[f] = text::sublinear(features[f].count) * idf;
    squares[static_cast<std::size_t>(features[f].block)] += scratch.weights[f] * scratch.weights[f];
  }
  for (std::size_t f = begin; f < end; ++f) {
    scratch.weights[f] *=
        weight_of(features[f].block) / std::sqrt(squares[static_cast<std::size_t>(features[f].block)]);
  }
  float length = begin > 0 ? 1 : 0;  // words were there
  for (std::size_t b = 0; b < text::kBlocks; ++b) length += squares[b] > 0 ? kBlockWeight[b] * kBlockWeight[b] : 0;
  return std::sqrt(length);
}

std::optional<CorrectionMemory::Hit> CorrectionMemory::find(const text::Document& document, Scratch& scratch) const {
  if (entries_.empty()) return std::nullopt;
  trace_into(document, scratch.extractor, scratch.trace);
  const auto same = by_hash_.find(scratch.trace.hash);
  if (same != by_hash_.end()) {
    const Entry& entry = entries_[same->second];
    if (entry.disputed) return std::nullopt;
    return Hit{entry.category, entry.id, 1};
  }
  const std::size_t words = words_of(scratch.trace.features);
  if (words == 0) return std::nullopt;
  weigh(0, words, scratch);
  gather(std::max(kWordsAlike, words_needed(scratch.trace.features)), words, scratch);
  if (scratch.touched.empty()) return std::nullopt;  // so it ends for nearly all
  const float length = weigh(words, scratch.trace.features.size(), scratch);
  const Nearest found = nearest(length, scratch);
  if (found.entry == nullptr || found.entry->disputed || found.likeness < options_.bar) return std::nullopt;
  gather(kWordsAlike, words, scratch);
  if (nearest(length, scratch).other > found.likeness - options_.clearance) return std::nullopt;
  return Hit{found.entry->category, found.entry->id, std::min(found.likeness, 1.0F)};
}

// How alike words must be for the whole to reach the bar, were everything else the same.
float CorrectionMemory::words_needed(std::span<const text::Feature> features) const {
  float square = 1 + kBlockWeight[static_cast<std::size_t>(text::Block::kChars)];
  if (features.back().block == text::Block::kContext) {
    const float context = kBlockWeight[static_cast<std::size_t>(text::Block::kContext)];
    square += context * context;
  }
  return 1 - (1 - options_.bar) * square;
}

// Follows the lists of the rarest words until whatever has none of them is less alike than the length of the rest.
void CorrectionMemory::gather(float needed, std::size_t words, Scratch& scratch) const {
  scratch.sums.resize(std::max(scratch.sums.size(), entries_.size()), 0);
  scratch.touched.clear();
  scratch.order.clear();
  for (std::uint32_t f = 0; f < words; ++f) {
    const Term* term = scratch.terms[f];
    scratch.order.emplace_back(term == nullptr ? 0 : term->end - term->begin, f);
  }
  std::ranges::sort(scratch.order);
  float left = 1;
  for (const auto& [length, f] : scratch.order) {
    if (left < kRest * needed * needed) break;
    left -= scratch.weights[f] * scratch.weights[f];
    if (length == 0) continue;
    for (std::uint32_t p = scratch.terms[f]->begin; p < scratch.terms[f]->end; ++p) {
      float& sum = scratch.sums[postings_[p].entry];
      if (sum == 0) scratch.touched.push_back(postings_[p].entry);
      sum += scratch.weights[f] * postings_[p].weight;
    }
  }
  const float most = std::sqrt(std::max(left, 0.0F));
  std::erase_if(scratch.touched, [&](std::uint32_t entry) {
    if (scratch.sums[entry] + most >= needed) return false;
    scratch.sums[entry] = 0;
    return true;
  });
  if (scratch.touched.size() > kMostCompared) {
    std::ranges::nth_element(scratch.touched, scratch.touched.begin() + kMostCompared, [&](auto a, auto b) {
      return scratch.sums[a] != scratch.sums[b] ? scratch.sums[a] > scratch.sums[b] : a < b;
    });
  }
  for (const std::uint32_t entry : scratch.touched) scratch.sums[entry] = 0;
  if (scratch.touched.size() > kMostCompared) scratch.touched.resize(kMostCompared);
}

float CorrectionMemory::likeness(const Entry& entry, const Scratch& scratch) const {
  const auto& features = scratch.trace.features;
  float sum = 0;
  std::size_t f = 0;
  for (std::size_t at = entry.begin; at < entry.end && f < features.size();) {
    const auto mine = std::pair(features_[at].block, features_[at].hash);
    const auto other = std::pair(features[f].block, features[f].hash);
    if (mine == other) {
      sum += features_[at++].weight * scratch.weights[f++];
    } else if (mine < other) {
      ++at;
    } else {
      ++f;
    }
  }
  return sum;
}

CorrectionMemory::Nearest CorrectionMemory::nearest(float length, Scratch& scratch) const {
  Nearest out;
  std::ranges::sort(scratch.touched);  // the newest first
  scratch.found.clear();
  for (const std::uint32_t i : scratch.touched) {
    const float alike = likeness(entries_[i], scratch) / (length * entries_[i].length);
    if (out.entry == nullptr || alike > out.likeness) {
      out.likeness = alike;
      out.entry = &entries_[i];
    }
    scratch.found.emplace_back(alike, i);
  }
  for (const auto& [alike, i] : scratch.found) {
    const Entry& entry = entries_[i];
    if (entry.disputed || entry.category != out.entry->category) out.other = std::max(out.other, alike);
  }
  return out;
}

}  // namespace pointsman::classify
