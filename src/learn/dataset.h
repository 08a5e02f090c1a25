// Labelled examples: what a classifier learns from and is judged by. Plain data, owned by the caller.
//
// The file form is JSON Lines: {"text": "...", "category": "..."}; a category of null says that the text belongs to
// none, and {"a": 0.7, "b": 0.3} divides it between several (one example for each, weighted so). With optional
// "features" (hexadecimal, instead of a text that was not kept),
// "context" (the user message before), "tools" (how many the request offers), "weight" (positive) and "group" (or
// "domain": examples of one group are kept together when training estimates how the model does on text unlike its own).
// Other members are ignored; empty lines too. Reading is bounded and collects every error.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "text/features.h"

namespace pointsman::learn {

struct Example {
  std::string text;
  // Instead of text, context and tools, where only hashed features were kept: as pack_features() gives them.
  std::string features;
  std::string category;
  std::string context;
  std::string group;
  int tools = 0;
  float weight = 1;
  bool outside = false;  // belongs to no category (JSON null); `category` is empty
  std::size_t line = 0;  // in the file it came from, from 1; 0 if it came from none

  // What tells it from other examples: the text, or the features.
  std::string_view identity() const { return text.empty() ? features : text; }
};

inline constexpr std::size_t kPackedFeature = 7;
// Seven bytes for each: hash, count, block. unpack_features() passes over what is no whole feature.
std::string pack_features(std::span<const text::Feature> features);
std::vector<text::Feature> unpack_features(std::string_view packed);

struct Dataset {
  std::vector<Example> examples;
};

struct ReadLimits {
  std::size_t bytes = std::size_t{256} << 20;
  std::size_t examples = 1'000'000;
  std::size_t line_bytes = std::size_t{1} << 20;
  std::size_t errors = 100;  // listed; further ones are counted
};

// All examples of JSON Lines `bytes`, or every problem as "name:line:column: what is wrong", one a line (kParse, or
// kTooLarge for a limit).
base::Result<Dataset> read_jsonl(std::string_view bytes, std::string_view name, const ReadLimits& limits = {});

// The examples as JSON Lines that read_jsonl() gives back as they are; UTF-8 that is broken becomes U+FFFD.
std::string write_jsonl(const Dataset& data);

// The same text and context with the same category (duplicates) or with another one (conflicts), as pairs of indices
// into `examples`, the first the earlier.
struct Repeats {
  std::vector<std::pair<std::size_t, std::size_t>> duplicates;
  std::vector<std::pair<std::size_t, std::size_t>> conflicts;
};
Repeats find_repeats(const Dataset& data);

// The examples in an order that depends on their content alone, equal ones merged into one that carries their weight.
Dataset canonical(const Dataset& data);

// SHA-256, in hexadecimal, over the canonical examples: the same for every order of the same examples.
std::string content_hash(const Dataset& data);

// Distinct categories, sorted by name; examples that belong to none do not count.
std::vector<std::string> category_names(const Dataset& data);

}  // namespace pointsman::learn
