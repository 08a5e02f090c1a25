// The local classifier: softmax over sparse hashed features, read straight from an artefact's bytes; where that is not
// sure enough, a second view by the artefact's character network joins in; where that is not, a sentence encoder, if
// the caller has one; and how likely the text belongs to any category at all.
//
// Immutable and shared by all threads. Features of a block are weighted 1 + ln(count) times idf and scaled to the
// block's weight as length; features unknown to the model count towards the length, so a text of unknown words drifts
// to the prior instead of being decided by the few words that are known. Scores are exact integer sums; where
// the artefact has a table of token vectors, the text's mean vector adds its weights to the scores. Probabilities
// are softmax(scores / temperature) (Guo et al. 2017), or with the network softmax(linear x scores + net x its scores),
// pressed towards an even spread by the share of predictions that go astray however sure they look, times the
// probability that the text belongs to any category (a logistic regression over the largest score and the
// share of the text that training never saw). What they miss of 1 is the probability that it belongs to none.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "classify/artefact.h"
#include "classify/classifier.h"

namespace pointsman::classify {

// How a text was classified, beside its probabilities.
struct Inspection {
  std::vector<float> scores;          // of the linear model, one per category
  std::vector<float> dense_scores;    // what the table's part of `scores` is; empty without a table
  std::vector<float> net_scores;      // empty if the network was not asked
  std::vector<float> encoder_scores;  // empty without an embedding
  float in_scope = 1;                 // probability that the text belongs to any category
  float unseen_words = 0;             // share of the word features' weight that training never saw
  float unseen_chars = 0;
};

class LinearScratch;

class LinearModel final : public Classifier {
 public:
  // `bytes` stay as they are for as long as `owner` lives; the model keeps `owner` (a mapping, a buffer, or nothing
  // when the bytes are static). Fails with kCorrupt as ArtefactView::read does.
  static base::Result<std::shared_ptr<const LinearModel>> open(std::span<const std::byte> bytes,
                                                               std::shared_ptr<const void> owner);
  // The same for a model held in a string.
  static base::Result<std::shared_ptr<const LinearModel>> from_string(std::string bytes);

  const std::vector<std::string>& categories() const override { return view_.categories(); }
  const std::string& version() const override { return view_.content_hash(); }
  std::string_view card() const { return view_.card(); }
  std::unique_ptr<Scratch> make_scratch() const override;
  const EncoderWish* encoder() const override { return wish_.dimensions > 0 ? &wish_ : nullptr; }
  bool wants_embedding(const Scratch& scratch) const override;
  std::span<const text::Feature> features(const Scratch& scratch) const override;
  const ArtefactView& artefact() const { return view_; }
  // `scratch` must come from a LinearModel's make_scratch, of this or of another artefact. An embedding must have the
  // dimensions of encoder(); with one, the encoder is listened to however sure the rest is.
  base::Result<void> classify(const Input& input, Scratch& scratch, std::span<float> probabilities) const override;
  // The same, and what it rests on.
  base::Result<Inspection> inspect(const Input& input, Scratch& scratch, std::span<float> probabilities) const;

 private:
  LinearModel(ArtefactView view, std::shared_ptr<const void> owner);

  base::Result<void> run(const Input& input, LinearScratch& work, std::span<float> probabilities) const;
  void score(const Input& input, LinearScratch& work) const;
  void add_dense(const Input& input, LinearScratch& work) const;
  void ask_net(LinearScratch& work) const;
  void mix_in_net(const LinearScratch& work, std::span<float> probabilities) const;
  void mix_in_encoder(const Input& input, LinearScratch& work, std::span<float> probabilities) const;
  float in_scope(const LinearScratch& work) const;

  ArtefactView view_;
  std::shared_ptr<const void> owner_;
  EncoderWish wish_;
};

}  // namespace pointsman::classify
