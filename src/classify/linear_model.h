// The local classifier: softmax over sparse hashed features, read straight from an artefact's bytes.
//
// Immutable and shared by all threads. Features of a block are weighted 1 + ln(count) times idf and scaled to the
// block's weight as length; features unknown to the model count towards the length, so a text of unknown words drifts
// to the prior instead of being decided by the few words that are known. Logits are exact integer sums; probabilities
// are softmax(logits / temperature) (Guo et al. 2017).
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "classify/artefact.h"
#include "classify/classifier.h"

namespace pointsman::classify {

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
  // `scratch` must come from a LinearModel's make_scratch, of this or of another artefact.
  base::Result<void> classify(const Input& input, Scratch& scratch, std::span<float> probabilities) const override;

 private:
  LinearModel(ArtefactView view, std::shared_ptr<const void> owner)
      : view_(std::move(view)), owner_(std::move(owner)) {}

  ArtefactView view_;
  std::shared_ptr<const void> owner_;
};

}  // namespace pointsman::classify
