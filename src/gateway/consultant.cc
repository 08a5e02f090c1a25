#include "gateway/consultant.h"

#include <fmt/format.h>

#include <algorithm>

#include "route/cost.h"
#include "wire/anthropic_messages/meters.h"
#include "wire/openai_chat/body_meter.h"

namespace pointsman::gateway {

using base::Result;
using config::LlmConfidence;
using config::LlmExamples;
using config::LlmStructure;
using config::ProviderKind;

namespace {

constexpr int kTopLogprobs = 20;
// A question that offers one category is none.
constexpr std::size_t kLeastOffered = 2;
// Answers to one question differ only if they are drawn.
constexpr double kSamplingTemperature = 1;
// A token has at least one byte, and what surrounds the texts is short.
constexpr std::int64_t kMostOverhead = 256;

llm::LabelStructure structure_of(LlmStructure structure) {
  switch (structure) {
    case LlmStructure::kChoice:
      return llm::LabelStructure::kChoice;
    case LlmStructure::kToken:
      return llm::LabelStructure::kToken;
    case LlmStructure::kAuto:
    case LlmStructure::kJson:
      break;
  }
  return llm::LabelStructure::kJsonSchema;
}

// A token that is one of three hundred bytes at most: enough for prices to be bounded by bytes.
std::int64_t bytes_of(const llm::LabelQuestion& question) {
  std::size_t bytes = question.system.size() + question.text.size();
  for (const llm::LabelExample& one : question.examples) bytes += one.text.size() + one.label.size();
  for (const std::string& one : question.labels) bytes += one.size();
  return static_cast<std::int64_t>(bytes);
}

}  // namespace

Result<ConsultantPtr> Consultant::make(const config::Config& config, const upstream::Provider& provider,
                                       const route::Prices& prices, const consult::Counters& counters) {
  constexpr std::string_view kPlace = "router.llm";
  auto out = std::make_shared<Consultant>();
  const config::SmallModel model = config::small_model_of(config);
  out->settings_ = *config.router.llm;
  const auto at = std::ranges::find(config.providers, model.provider, &config::ProviderConfig::name);
  out->protocol_ = at->kind;
  out->provider_ = provider;
  out->provider_.first_byte_timeout = out->provider_.idle_timeout = out->settings_.deadline;
  out->prices_ = prices;
  out->model_ = model.upstream;
  if (out->settings_.max_cost_per_hour && !(prices.input && prices.output)) {
    return base::fail(base::Error(base::ErrorCode::kInvalidArgument,
                                  fmt::format("router.llm.max_cost_per_hour: cannot be kept, for the prices of {} are "
                                              "not known; write its price",
                                              model.upstream))
                          .at("router.llm.max_cost_per_hour"));
  }
  std::vector<std::string_view> names;
  for (const config::CategoryConfig& one : config.categories) names.emplace_back(one.name);
  auto labels = consult::LabelSet::make(names, counters);
  if (!labels) return base::fail(std::move(labels).error().in(kPlace));
  const consult::PromptShape shape{.structure = structure_of(out->settings_.structure),
                                   .confidence = out->settings_.confidence == LlmConfidence::kStated,
                                   .offered = static_cast<std::size_t>(out->settings_.labels),
                                   .at_least = kLeastOffered};
  const std::vector<classify::Category> categories(config.categories.begin(), config.categories.end());
  auto prompt = consult::Prompt::make(categories, std::move(*labels), shape, counters);
  if (!prompt) return base::fail(std::move(prompt).error().in(kPlace));
  out->prompt_ = std::move(*prompt);
  out->choose_examples(config);
  return out;
}

void Consultant::choose_examples(const config::Config& config) {
  if (settings_.examples != LlmExamples::kNone) {
    const auto index_of = [&config](std::string_view name) {
      const auto at = std::ranges::find(config.categories, name, &config::CategoryConfig::name);
      return static_cast<int>(at - config.categories.begin());
    };
    for (const llm::LabelExample& one : settings_.labelled) pool_.push_back({one.text, index_of(one.label)});
    if (settings_.labelled.empty()) {
      for (const config::CategoryConfig& category : config.categories) {
        for (const std::string& text : category.examples) pool_.push_back({text, index_of(category.name)});
      }
    }
    thin_pool(config.categories.size());
  }
  std::vector<std::string_view> texts;
  for (const Pooled& one : pool_) {
    texts.emplace_back(one.text);
    labelled_.push_back({one.text, one.category});
  }
  likeness_ = std::make_unique<consult::TextLikeness>(texts);
  if (settings_.examples == LlmExamples::kFixed) {
    const consult::Similarity between = [this](std::size_t a, std::size_t b) { return likeness_->between(a, b); };
    const auto pairs = consult::similar_pairs(labelled_, between, kPairs);
    fixed_ = consult::fixed_examples(labelled_, pairs, choice());
  }
  // With nearest examples, any of the pool may be shown.
  std::vector<std::size_t> shown = fixed_;
  if (settings_.examples == LlmExamples::kNearest) {
    for (std::size_t i = 0; i < pool_.size(); ++i) shown.push_back(i);
  }
  prompt_version_ = prompt_.version(consult::as_examples(labelled_, shown, {}, prompt_.labels()));
}

// Of every category the same share, so that comparing with all of them takes microseconds.
void Consultant::thin_pool(std::size_t categories) {
  if (pool_.size() <= kMostPooled || categories == 0) return;
  const std::size_t each = std::max<std::size_t>(1, kMostPooled / categories);
  std::vector<std::size_t> taken(categories, 0);
  std::erase_if(pool_, [&](const Pooled& one) { return ++taken[static_cast<std::size_t>(one.category)] > each; });
}

consult::ExampleChoice Consultant::choice() const {
  return {.count = static_cast<std::size_t>(settings_.shots)};
}

std::vector<int> Consultant::offer(std::span<const float> local) const {
  return prompt_.choose(local);
}

llm::LabelQuestion Consultant::question(std::string_view text, std::span<const int> offered) const {
  llm::LabelQuestion out = prompt_.question(offered, text);
  out.model = model_;
  std::vector<std::size_t> shown = fixed_;
  if (settings_.examples == LlmExamples::kNearest) {
    text::FeatureExtractor extractor;
    const auto query = likeness_->query(text, extractor);
    shown = consult::nearest_examples(
        labelled_, offered, [&](std::size_t place) { return likeness_->to(query, place); }, choice());
  }
  out.examples = consult::as_examples(labelled_, shown, offered, prompt_.labels());
  return out;
}

int Consultant::samples(const LabelDialect& dialect) const {
  const bool sampled = settings_.confidence == LlmConfidence::kSampled ||
                       (settings_.confidence == LlmConfidence::kAuto && !dialect.logprobs);
  return sampled ? settings_.samples : 1;
}

Result<std::string> Consultant::body(llm::LabelQuestion question, const LabelDialect& dialect, int sample) const {
  const bool wants = settings_.confidence == LlmConfidence::kAuto || settings_.confidence == LlmConfidence::kLogprobs;
  question.top_logprobs = wants && dialect.logprobs ? kTopLogprobs : 0;
  if (samples(dialect) > 1) {
    question.temperature = kSamplingTemperature;
    question.seed = static_cast<std::uint64_t>(sample) + 1;
  }
  std::string out;
  if (protocol_ == ProviderKind::kAnthropic) {
    PM_CHECK(wire::anthropic_messages::write_label_request(question, dialect.anthropic, out));
  } else {
    wire::openai_chat::write_label_request(question, dialect.openai, out);
  }
  return out;
}

std::string_view Consultant::path() const {
  return protocol_ == ProviderKind::kAnthropic ? "/messages" : "/chat/completions";
}

Result<llm::LabelAnswer> Consultant::read(std::string_view body, json::Document& document) const {
  return protocol_ == ProviderKind::kAnthropic ? wire::anthropic_messages::read_label_answer(body, document)
                                               : wire::openai_chat::read_label_answer(body, document);
}

llm::Usage Consultant::usage(std::string_view body) const {
  json::Document document;
  const auto of = [body](llm::Meter&& meter) {
    (void)meter.feed(body);
    (void)meter.finish();
    return meter.observed().usage;
  };
  if (protocol_ == ProviderKind::kAnthropic) return of(wire::anthropic_messages::BodyMeter(document));
  return of(wire::openai_chat::BodyMeter(document));
}

consult::Reply Consultant::opinion(std::span<const llm::LabelAnswer> answers, std::span<const int> offered,
                                   const LabelDialect& dialect, json::Document& document) const {
  const consult::Asked asked{.labels = prompt_.labels(),
                             .offered = offered,
                             .structure = prompt_.shape().structure,
                             .confidence = prompt_.shape().confidence};
  if (samples(dialect) > 1) return consult::read_samples(answers, asked, document);
  return consult::read_reply(answers.front(), asked, document);
}

LabelDialect Consultant::first_dialect() const {
  LabelDialect out;
  out.logprobs = protocol_ == ProviderKind::kOpenAi;
  return out;
}

std::optional<base::Money> Consultant::most_of(const llm::LabelQuestion& question) const {
  return route::worst_case(bytes_of(question) + kMostOverhead, question.max_tokens, prices_);
}

bool Consultant::same_as(const Consultant& other) const {
  return model_ == other.model_ && provider_.target == other.provider_.target && protocol_ == other.protocol_ &&
         prompt_version_ == other.prompt_version_ && settings_.confidence == other.settings_.confidence &&
         settings_.samples == other.settings_.samples;
}

bool Consultant::same_limits_as(const Consultant& other) const {
  const config::LlmConfig& a = settings_;
  const config::LlmConfig& b = other.settings_;
  return a.max_concurrent == b.max_concurrent && a.cache == b.cache && a.cache_ttl == b.cache_ttl &&
         a.hedge == b.hedge && a.max_cost_per_hour == b.max_cost_per_hour && a.deadline == b.deadline;
}

}  // namespace pointsman::gateway
