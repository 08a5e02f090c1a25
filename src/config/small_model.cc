#include "config/small_model.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "config/examples_file.h"
#include "learn/dataset.h"

namespace pointsman::config {
namespace {

constexpr std::string_view kPath = "router.llm";

std::vector<std::string> sorted(std::vector<std::string> names) {
  std::ranges::sort(names);
  return names;
}

class Taking {
 public:
  Taking(Config& config, const Places& places, Problems& problems)
      : config_(config), llm_(*config.router.llm), places_(places), problems_(problems) {}

  // Whether the model is known; what depends on it is left alone otherwise.
  bool check_model() {
    if (llm_.model.empty()) return false;  // told already
    const std::string key = llm_.provider.empty() ? ".model" : ".provider";
    const bool known =
        llm_.provider.empty() ? contains(config_.models, llm_.model) : contains(config_.providers, llm_.provider);
    if (!known) {
      const std::string& name = llm_.provider.empty() ? llm_.model : llm_.provider;
      add(key, fmt::format("there is no {} {}{}", llm_.provider.empty() ? "model" : "provider",
                           places_.shown(path(key), name),
                           llm_.provider.empty() ? "; define it under models, or name its provider too" : ""));
      return false;
    }
    if (llm_.provider.empty() && places_.has(path(".price"))) {
      add(".price", "belongs to the model; write it under models");
    }
    return true;
  }

  void check_protocol() {
    const SmallModel model = small_model_of(config_);
    const auto provider = std::ranges::find(config_.providers, model.provider, &ProviderConfig::name);
    if (provider == config_.providers.end() || provider->kind != ProviderKind::kAnthropic) return;
    if (llm_.structure == LlmStructure::kChoice || llm_.structure == LlmStructure::kToken) {
      add(".structure", "is not possible with the Anthropic protocol; write json");
    }
    if (llm_.confidence == LlmConfidence::kLogprobs) {
      add(".confidence", "is not possible with the Anthropic protocol; write sampled or stated");
    }
  }

  void check_confidence() {
    if (llm_.confidence == LlmConfidence::kStated && llm_.structure != LlmStructure::kAuto &&
        llm_.structure != LlmStructure::kJson) {
      add(".confidence", "stated needs structure: json, where the model has room to state it");
    }
  }

  void check_promise() {
    if (config_.router.risk && !llm_.pairing.empty()) {
      problems_.add(places_.at("router.risk"), "router.risk",
                    "the pairing of router.llm carries the promise of both stages; remove router.risk");
    }
    if (config_.router.risk && llm_.pairing.empty()) {
      problems_.add(places_.at("router.risk"), "router.risk",
                    "is proved for the classifier alone; make a pairing with `pointsman pair` and remove router.risk");
    }
  }

  void read_examples(const Sources& sources) {
    if (llm_.examples_file.empty()) return;
    const std::string shown = places_.shown(path(".examples_file"), llm_.examples_file);
    const auto content = sources.files.read(llm_.examples_file, kMaxExamplesFile);
    if (!content) {
      return add(".examples_file", fmt::format("cannot read the file {}: {}", shown, content.error().message()));
    }
    const auto data = learn::read_jsonl(*content, llm_.examples_file);
    if (!data) return add(".examples_file", fmt::format("{}: {}", shown, data.error().message()));
    for (const learn::Example& one : data->examples) {
      if (contains(config_.categories, one.category)) llm_.labelled.push_back({one.text, one.category});
    }
    if (llm_.labelled.empty()) {
      add(".examples_file", fmt::format("{} has no example of any category; add some or remove the line", shown));
    }
  }

  bool read_pairing(const Sources& sources) {
    if (llm_.pairing.empty()) return false;
    const std::string shown = places_.shown(path(".pairing"), llm_.pairing);
    const auto text = sources.files.read(llm_.pairing, classify::kMaxPairing);
    if (!text) {
      add(".pairing", fmt::format("cannot read the file {}: {}; run `pointsman pair`", shown, text.error().message()));
      return false;
    }
    auto paired = classify::read_pairing(*text);
    if (!paired) {
      add(".pairing", fmt::format("{}: {}; run `pointsman pair`", shown, paired.error().message()));
      return false;
    }
    llm_.paired = std::move(*paired);
    return true;
  }

  bool fits() {
    std::vector<std::string> ours;
    std::vector<std::string> theirs;
    for (const CategoryConfig& one : config_.categories) ours.push_back(one.name);
    for (const classify::PairedCategory& one : llm_.paired.categories) theirs.push_back(one.name);
    std::string problem;
    if (sorted(ours) != sorted(theirs)) problem = "is about other categories";
    const std::string upstream = small_model_of(config_).upstream;
    if (problem.empty() && llm_.paired.model != upstream) {
      problem = fmt::format("is about the model {}, not {}", quoted(llm_.paired.model),
                            places_.shown(path(".model"), upstream));
    }
    if (problem.empty()) return true;
    add(".pairing", problem + "; run `pointsman pair`");
    return false;
  }

  void apply() {
    const Mark mark = places_.at(path(".pairing"));
    llm_.place = fmt::format("{}:{}:{}: {}", problems_.file(), mark.line, mark.column, path(".pairing"));
    for (CategoryConfig& category : config_.categories) {
      const auto at = std::ranges::find(llm_.paired.categories, category.name, &classify::PairedCategory::name);
      category.threshold = at->local;
      category.pooled_threshold = at->pooled;
      category.certified = true;
    }
  }

 private:
  static std::string path(std::string_view key) { return std::string(kPath) + std::string(key); }
  void add(std::string_view key, std::string message) {
    problems_.add(places_.at(path(key)), path(key), std::move(message));
  }
  template <class T>
  static bool contains(const std::vector<T>& all, std::string_view name) {
    return std::ranges::find(all, name, &T::name) != all.end();
  }

  Config& config_;
  LlmConfig& llm_;
  const Places& places_;
  Problems& problems_;
};

}  // namespace

SmallModel small_model_of(const Config& config) {
  const LlmConfig& llm = *config.router.llm;
  if (!llm.provider.empty()) return {llm.provider, llm.model, llm.price};
  const auto at = std::ranges::find(config.models, llm.model, &ModelConfig::name);
  if (at == config.models.end()) return {};
  return {at->provider, at->upstream, at->price};
}

void take_small_model(Config& config, const Sources& sources, const Places& places, Problems& problems) {
  if (!config.router.llm) return;
  Taking taking(config, places, problems);
  taking.check_confidence();
  taking.read_examples(sources);
  if (!taking.check_model()) return;
  taking.check_protocol();
  if (sources.pairings == Pairings::kIgnored) return;
  taking.check_promise();
  if (taking.read_pairing(sources) && taking.fits()) taking.apply();
}

base::Result<void> check_pairing(const Config& config, std::string_view classifier, std::string_view prompt_version) {
  if (!config.router.llm || config.router.llm->pairing.empty()) return {};
  const LlmConfig& llm = *config.router.llm;
  std::string problem;
  if (llm.paired.classifier != classifier) {
    problem = fmt::format("is about the classifier {:.12}, but router.classifier is {:.12}", llm.paired.classifier,
                          classifier.empty() ? "none" : classifier);
  } else if (llm.paired.prompt_version != prompt_version) {
    problem =
        fmt::format("was measured with another prompt ({:.12}, now {:.12}): examples, labels or their number changed",
                    llm.paired.prompt_version, prompt_version);
  }
  if (problem.empty()) return {};
  return base::fail(
      base::Error(base::ErrorCode::kInvalidArgument, fmt::format("{}: {}; run `pointsman pair`", llm.place, problem))
          .at(llm.place));
}

}  // namespace pointsman::config
