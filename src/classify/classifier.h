// The seam for anything that scores a text against categories without I/O.
//
// Implementations are immutable and shared by all threads; what changes during a call lives in the caller's Scratch.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "text/features.h"

namespace pointsman::classify {

struct Input {
  std::string_view text;     // the last user message
  std::string_view context;  // the user message before it, or empty
  int tools = 0;             // how many tools the request offers
  // What the encoder that the classifier names says of `text`; empty: it was not asked.
  std::span<const float> embedding;
  // Instead of text, context and tools, where only they were kept (text/features.h); views that need the text itself
  // are then left out. Empty: look at the text.
  std::span<const text::Feature> features;
};

// A sentence encoder whose opinion would help, and when.
struct EncoderWish {
  std::string id;  // encode::Encoder::id
  std::size_t dimensions = 0;
};

// Working memory of one thread; grows to the largest text seen (bounded by the feature extractor) and is reused.
class Scratch {
 public:
  virtual ~Scratch() = default;
};

class Classifier {
 public:
  virtual ~Classifier() = default;
  // The names of the categories, in the order of the probabilities.
  virtual const std::vector<std::string>& categories() const = 0;
  // Content hash of the artefact: what the ledger records.
  virtual const std::string& version() const = 0;
  virtual std::unique_ptr<Scratch> make_scratch() const = 0;
  // The encoder whose opinion helps where the classifier alone is unsure; null if there is none.
  virtual const EncoderWish* encoder() const { return nullptr; }
  // Whether the last classify() with this scratch, done without an embedding, was unsure enough to ask the encoder.
  virtual bool wants_embedding(const Scratch& scratch) const {
    static_cast<void>(scratch);
    return false;
  }
  // What the last classify() with this scratch saw of the text, until the next one; empty if it does not say.
  virtual std::span<const text::Feature> features(const Scratch& scratch) const {
    static_cast<void>(scratch);
    return {};
  }
  // Fills one calibrated probability per category. They sum to at most 1: what is missing is the probability that the
  // text belongs to none of them. Fails only on a broken artefact.
  virtual base::Result<void> classify(const Input& input, Scratch& scratch, std::span<float> probabilities) const = 0;
};

}  // namespace pointsman::classify
