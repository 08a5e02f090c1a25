// A classifier that asks its encoder itself, on the calling thread, where it is unsure: for commands and evaluations.
// The gateway, whose threads must not wait, asks through a pool instead.
//
// Immutable, any thread; decides exactly as the gateway does when the encoder answers.
#pragma once

#include <memory>

#include "base/result.h"
#include "classify/classifier.h"
#include "encode/encoder.h"

namespace pointsman::classify {

class AssistedClassifier final : public Classifier {
 public:
  // kInvalidArgument, naming both, unless `encoder` is the one that the classifier wishes for.
  static base::Result<std::shared_ptr<const AssistedClassifier>> make(std::shared_ptr<const Classifier> classifier,
                                                                      std::shared_ptr<const encode::Encoder> encoder);

  const std::vector<std::string>& categories() const override { return classifier_->categories(); }
  const std::string& version() const override { return classifier_->version(); }
  std::unique_ptr<Scratch> make_scratch() const override;
  base::Result<void> classify(const Input& input, Scratch& scratch, std::span<float> probabilities) const override;

 private:
  AssistedClassifier(std::shared_ptr<const Classifier> classifier, std::shared_ptr<const encode::Encoder> encoder)
      : classifier_(std::move(classifier)), encoder_(std::move(encoder)) {}

  std::shared_ptr<const Classifier> classifier_;
  std::shared_ptr<const encode::Encoder> encoder_;
};

}  // namespace pointsman::classify
