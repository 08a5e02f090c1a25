#include "classify/assisted_classifier.h"

namespace pointsman::classify {

using base::Result;

namespace {

class AssistedScratch final : public Scratch {
 public:
  std::unique_ptr<Scratch> own;
  std::unique_ptr<encode::EncoderScratch> encoder;
  std::vector<float> embedding;
};

}  // namespace

Result<std::shared_ptr<const AssistedClassifier>> AssistedClassifier::make(
    std::shared_ptr<const Classifier> classifier, std::shared_ptr<const encode::Encoder> encoder) {
  const EncoderWish* wish = classifier->encoder();
  if (wish == nullptr) {
    return base::fail(base::ErrorCode::kInvalidArgument,
                      "the classifier was trained without an encoder; train it with --encoder to use one");
  }
  if (wish->id != encoder->id() || wish->dimensions != encoder->dimensions()) {
    return base::fail(base::ErrorCode::kInvalidArgument, "the classifier was trained with the encoder " +
                                                             wish->id.substr(0, 12) + ", not with " +
                                                             encoder->id().substr(0, 12));
  }
  return std::shared_ptr<const AssistedClassifier>(new AssistedClassifier(std::move(classifier), std::move(encoder)));
}

std::unique_ptr<Scratch> AssistedClassifier::make_scratch() const {
  auto scratch = std::make_unique<AssistedScratch>();
  scratch->own = classifier_->make_scratch();
  scratch->encoder = encoder_->make_scratch();
  scratch->embedding.resize(encoder_->dimensions());
  return scratch;
}

Result<void> AssistedClassifier::classify(const Input& input, Scratch& scratch, std::span<float> probabilities) const {
  auto& work = static_cast<AssistedScratch&>(scratch);
  PM_CHECK(classifier_->classify(input, *work.own, probabilities));
  if (!input.embedding.empty() || !classifier_->wants_embedding(*work.own)) return {};
  encoder_->encode(std::span(&input.text, 1), *work.encoder, work.embedding);
  Input with = input;
  with.embedding = work.embedding;
  return classifier_->classify(with, *work.own, probabilities);
}

}  // namespace pointsman::classify
