#include "classify/correction_memory.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <tuple>

#include "base/hash.h"
#include "text/tokens.h"

#pragma STDC FP_CONTRACT OFF

namespace pointsman::classify {
namespace {

constexpr std::size_t kMostFeatures = 1024;  // of a text that is recognised by its like; bounds a full memory to 40 MB
constexpr float kBlockWeight[text::kBlocks] = {1, 1, 0, 1.25F};  // the same words in another context are not alike

float weight_of(text::Block block) {
  return kBlockWeight[static_cast<std::size_t>(block)];
}

// As sparse.h has it.
float idf_of(std::size_t texts, std::size_t in) {
  return std::log((1.0F + static_cast<float>(texts)) / (1.0F + static_cast<float>(in))) + 1.0F;
}

// Kinds that do not count are gone; sorted by hash, so that the order in which they were met does not matter.
void take_features(std::span<const text::Feature> features, std::vector<text::Feature>& out) {
  out.clear();
  if (features.size() > kMostFeatures) return;
  for (const text::Feature& feature : features) {
    if (weight_of(feature.block) > 0) out.push_back(feature);
  }
  std::ranges::sort(out, {}, &text::Feature::hash);
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
  std::vector<float> weights;
  for (std::uint32_t i = 0; i < traces.size(); ++i) {
    entries_[i].begin = hashes_.size();
    weigh(traces[i].features, weights);
    for (std::size_t f = 0; f < weights.size(); ++f) {
      const std::uint32_t hash = traces[i].features[f].hash;
      hashes_.push_back(hash);
      weights_.push_back(weights[f]);
      postings_[terms_[hash].end++] = {i, weights[f]};
    }
    entries_[i].end = hashes_.size();
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
    const auto bytes = std::as_bytes(std::span(hashes_).subspan(entry.begin, entry.end - entry.begin));
    put(all, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  }
  version_ = base::sha256_hex(all);
}

// Unit length over all blocks together.
void CorrectionMemory::weigh(std::span<const text::Feature> features, std::vector<float>& out) const {
  float squares[text::kBlocks] = {};
  out.clear();
  for (const text::Feature& feature : features) {
    const auto term = terms_.find(feature.hash);
    const float idf = term == terms_.end() ? unknown_idf_ : term->second.idf;
    out.push_back(text::sublinear(feature.count) * idf);
    squares[static_cast<std::size_t>(feature.block)] += out.back() * out.back();
  }
  float length = 0;
  for (std::size_t b = 0; b < text::kBlocks; ++b) length += squares[b] > 0 ? kBlockWeight[b] * kBlockWeight[b] : 0;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto block = static_cast<std::size_t>(features[i].block);
    out[i] *= kBlockWeight[block] / std::sqrt(squares[block] * length);
  }
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
  if (scratch.trace.features.empty()) return std::nullopt;
  weigh(scratch.trace.features, scratch.weights);
  gather(scratch);
  const Nearest found = nearest(scratch);
  if (found.entry == nullptr || found.entry->disputed || found.likeness < options_.bar) return std::nullopt;
  if (found.other > found.likeness - options_.clearance) return std::nullopt;
  return Hit{found.entry->category, found.entry->id, std::min(found.likeness, 1.0F)};
}

// Entries that share one of the text's rarest features: any that shares none of them is less alike than the length of
// what is left of the text.
void CorrectionMemory::gather(Scratch& scratch) const {
  const auto& features = scratch.trace.features;
  scratch.sums.resize(std::max(scratch.sums.size(), entries_.size()), 0);
  scratch.touched.clear();
  scratch.order.resize(features.size());
  std::iota(scratch.order.begin(), scratch.order.end(), 0U);
  const auto length_of_list = [&](std::uint32_t f) {
    const auto term = terms_.find(features[f].hash);
    return term == terms_.end() ? 0U : term->second.end - term->second.begin;
  };
  std::ranges::sort(scratch.order, {}, [&](std::uint32_t f) { return std::pair(length_of_list(f), f); });
  const float needed = options_.bar - options_.clearance;
  float left = 1;
  for (const std::uint32_t f : scratch.order) {
    if (left < needed * needed) break;
    left -= scratch.weights[f] * scratch.weights[f];
    const auto term = terms_.find(features[f].hash);
    if (term == terms_.end()) continue;
    for (std::uint32_t p = term->second.begin; p < term->second.end; ++p) {
      float& sum = scratch.sums[postings_[p].entry];
      if (sum == 0) scratch.touched.push_back(postings_[p].entry);
      sum += scratch.weights[f] * postings_[p].weight;
    }
  }
  const float most = std::sqrt(std::max(left, 0.0F));
  std::erase_if(scratch.touched, [&](std::uint32_t entry) {
    const bool possible = scratch.sums[entry] + most >= needed;
    scratch.sums[entry] = 0;
    return !possible;
  });
}

float CorrectionMemory::likeness(const Entry& entry, const Scratch& scratch) const {
  const auto& features = scratch.trace.features;
  float sum = 0;
  std::size_t f = 0;
  for (std::size_t at = entry.begin; at < entry.end && f < features.size();) {
    if (hashes_[at] == features[f].hash) {
      sum += weights_[at++] * scratch.weights[f++];
    } else if (hashes_[at] < features[f].hash) {
      ++at;
    } else {
      ++f;
    }
  }
  return sum;
}

CorrectionMemory::Nearest CorrectionMemory::nearest(Scratch& scratch) const {
  Nearest out;
  std::ranges::sort(scratch.touched);  // the newest first
  std::vector<std::pair<float, std::uint32_t>> found;
  for (const std::uint32_t i : scratch.touched) {
    const float alike = likeness(entries_[i], scratch);
    if (out.entry == nullptr || alike > out.likeness) {
      out.likeness = alike;
      out.entry = &entries_[i];
    }
    found.emplace_back(alike, i);
  }
  for (const auto& [alike, i] : found) {
    const Entry& entry = entries_[i];
    if (entry.disputed || entry.category != out.entry->category) out.other = std::max(out.other, alike);
  }
  return out;
}

}  // namespace pointsman::classify
