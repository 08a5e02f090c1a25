// Everything needed to ask the small model of router.llm, made once from the configuration: whom, how, with what
// prompt and examples, and how to read what comes back.
//
// Immutable; part of a snapshot, any thread. Pure but for the addresses it holds.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/money.h"
#include "classify/opinion.h"
#include "config/config.h"
#include "config/small_model.h"
#include "consult/few_shot.h"
#include "consult/prompt.h"
#include "consult/reply.h"
#include "consult/text_likeness.h"
#include "gateway/label_dialect.h"
#include "llm/label_call.h"
#include "upstream/provider.h"

namespace pointsman::gateway {

class Consultant {
 public:
  // `provider` is that of the small model. kInvalidArgument or kTooLarge with the place in the configuration if no
  // prompt can be made within its budget.
  static base::Result<std::shared_ptr<const Consultant>> make(const config::Config& config,
                                                              const upstream::Provider& provider,
                                                              const route::Prices& prices,
                                                              const consult::Counters& counters);

  // Categories worth offering for a text of which the classifier thinks this (per category of the configuration; may
  // be empty). Ascending; none if it cannot be asked about all of them at once and nobody knows which to leave out.
  std::vector<int> offer(std::span<const float> local) const;
  llm::LabelQuestion question(std::string_view text, std::span<const int> offered) const;
  // The body of a call and where it goes. `sample`: which of several answers to the same question, from 0.
  base::Result<std::string> body(llm::LabelQuestion question, const LabelDialect& dialect, int sample) const;
  std::string_view path() const;
  base::Result<llm::LabelAnswer> read(std::string_view body, json::Document& document) const;
  // What an answer says that it used, whatever else is in it.
  llm::Usage usage(std::string_view body) const;
  // All answers that came, as one opinion on the configuration's categories.
  consult::Reply opinion(std::span<const llm::LabelAnswer> answers, std::span<const int> offered,
                         const LabelDialect& dialect, json::Document& document) const;

  // Answers that one question takes.
  int samples(const LabelDialect& dialect) const;
  // A bound of what one call may cost, before it is made; nothing if its prices are not known.
  std::optional<base::Money> most_of(const llm::LabelQuestion& question) const;

  const config::LlmConfig& settings() const { return settings_; }
  const upstream::Provider& provider() const { return provider_; }
  const route::Prices& prices() const { return prices_; }
  const std::string& model() const { return model_; }
  const std::string& prompt_version() const { return prompt_version_; }
  const consult::Prompt& prompt() const { return prompt_; }
  LabelDialect first_dialect() const;
  // Whether what was learnt in asking `other` holds for this one: the same model asked in the same way.
  bool same_as(const Consultant& other) const;
  // Whether it may be asked as often, for as much money, and its answers are kept as long.
  bool same_limits_as(const Consultant& other) const;

 private:
  // More examples than this are not worth comparing with.
  static constexpr std::size_t kMostPooled = 2048;
  static constexpr std::size_t kPairs = 16;
  struct Pooled {
    std::string text;
    int category = 0;
  };
  void choose_examples(const config::Config& config);
  void thin_pool(std::size_t categories);
  consult::ExampleChoice choice() const;

  config::LlmConfig settings_;
  config::ProviderKind protocol_ = config::ProviderKind::kOpenAi;
  upstream::Provider provider_;
  route::Prices prices_;
  std::string model_;
  consult::Prompt prompt_;
  std::string prompt_version_;
  std::vector<Pooled> pool_;                     // examples to choose from
  std::vector<consult::LabelledText> labelled_;  // views of them
  std::unique_ptr<const consult::TextLikeness> likeness_;
  std::vector<std::size_t> fixed_;  // places in the pool
};
using ConsultantPtr = std::shared_ptr<const Consultant>;

}  // namespace pointsman::gateway
