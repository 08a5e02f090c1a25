// A support desk's close intents with few examples (examples/support-desk), as its owner would run it: trained on the
// configuration's examples and descriptions, refused below the configuration's own thresholds, which nothing here
// tunes.
#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <map>
#include <optional>

#include "classify/linear_model.h"
#include "classify/nearest_centroid.h"
#include "classify/section.h"
#include "config/load.h"
#include "learn/evaluate.h"
#include "learn/json_text.h"
#include "learn/train.h"

namespace pointsman::bench {

namespace {

using base::Result;

constexpr std::string_view kFolder = POINTSMAN_SOURCE_DIR "/examples/support-desk/";
constexpr std::string_view kOutOfScope = "out_of_scope";
constexpr std::size_t kMaxTestBytes = std::size_t{1} << 20;
constexpr double kAccuracyGoal = 90;
constexpr double kRefusedGoal = 70;

struct Request {
  std::string text;
  std::string category;
  bool near = false;  // of the trade, though out of scope

  bool in_scope() const { return category != kOutOfScope; }
};

struct Desk {
  learn::Dataset examples;
  std::vector<classify::Category> categories;  // without the examples
  std::vector<Request> requests;
};

// What one classifier makes of the requests. A request is refused when its best category stays below the threshold.
struct Judgement {
  learn::Share accuracy;    // in scope, whether refused or not
  learn::Share kept;        // in scope
  learn::Share kept_right;  // of those kept
  learn::Share refused;     // out of scope
  learn::Share refused_near;
  learn::Share refused_far;
  // How often a request in scope has a larger top probability than one out of scope: free of any threshold.
  double auroc_near = 0.5;
  double auroc_far = 0.5;
};

struct Decision {
  std::size_t category = 0;
  float probability = 0;
};

Result<Desk> read_configuration() {
  config::DiskFiles files;
  const std::string path = std::string(kFolder) + "pointsman.yaml";
  PM_TRY(const std::string yaml, files.read(path, kMaxTestBytes));
  const auto nothing_set = [](std::string_view) -> std::optional<std::string> { return std::nullopt; };
  auto loaded = config::load(yaml, path, {files, nothing_set});
  if (!loaded) return base::fail(base::ErrorCode::kParse, loaded.error().front().to_string());
  Desk desk;
  for (config::CategoryConfig& category : loaded->categories) {
    for (std::string& text : category.examples) {
      desk.examples.examples.push_back({.text = std::move(text), .category = category.name});
    }
    category.examples.clear();
    desk.categories.push_back(std::move(category));
  }
  return desk;
}

Result<std::vector<Request>> read_requests() {
  config::DiskFiles files;
  const std::string path = std::string(kFolder) + "test.jsonl";
  PM_TRY(const simdjson::padded_string bytes, files.read(path, kMaxTestBytes));
  const auto broken = [&](std::size_t row) {
    return base::fail(base::ErrorCode::kParse, fmt::format("{}: row {} is not a labelled request", path, row));
  };
  std::vector<Request> requests;
  simdjson::dom::parser parser;
  simdjson::dom::document_stream rows;
  if (parser.parse_many(bytes, kMaxTestBytes).get(rows) != simdjson::SUCCESS) return broken(1);
  for (auto row : rows) {
    std::string_view text;
    std::string_view category;
    std::string_view kind;
    if (row["text"].get(text) != simdjson::SUCCESS || row["category"].get(category) != simdjson::SUCCESS) {
      return broken(requests.size() + 1);
    }
    if (row["kind"].get(kind) != simdjson::SUCCESS && category == kOutOfScope) return broken(requests.size() + 1);
    requests.push_back({std::string(text), std::string(category), kind == "near"});
  }
  return requests;
}

Result<Desk> read_desk() {
  PM_TRY(Desk desk, read_configuration());
  PM_TRY(desk.requests, read_requests());
  for (const Request& request : desk.requests) {
    const bool known =
        std::ranges::find(desk.categories, request.category, &classify::Category::name) != desk.categories.end();
    if (request.in_scope() && !known) {
      return base::fail(base::ErrorCode::kInvalidArgument, "no such category: " + request.category);
    }
  }
  return desk;
}

Result<std::vector<Decision>> decide(const classify::Classifier& classifier, const std::vector<Request>& requests) {
  std::vector<Decision> decisions;
  std::vector<float> probabilities(classifier.categories().size());
  const auto scratch = classifier.make_scratch();
  for (const Request& request : requests) {
    PM_CHECK(classifier.classify({request.text, {}, 0}, *scratch, probabilities));
    const auto top = std::ranges::max_element(probabilities);
    decisions.push_back({static_cast<std::size_t>(top - probabilities.begin()), *top});
  }
  return decisions;
}

double auroc(const std::vector<float>& inside, const std::vector<float>& outside) {
  if (inside.empty() || outside.empty()) return 0.5;
  double wins = 0;
  for (const float in : inside) {
    for (const float out : outside) wins += in > out ? 1 : in == out ? 0.5 : 0;
  }
  return wins / (static_cast<double>(inside.size()) * static_cast<double>(outside.size()));
}

void count(learn::Share& share, bool hit) {
  ++share.of;
  if (hit) ++share.hits;
}

Result<Judgement> judge(const classify::Classifier& classifier, const Desk& desk) {
  std::map<std::string_view, float> thresholds;
  for (const classify::Category& category : desk.categories) thresholds[category.name] = category.threshold;
  PM_TRY(const std::vector<Decision> decisions, decide(classifier, desk.requests));
  Judgement out;
  std::vector<float> inside;
  std::vector<float> near;
  std::vector<float> far;
  for (std::size_t i = 0; i < decisions.size(); ++i) {
    const Request& request = desk.requests[i];
    const Decision& decision = decisions[i];
    const std::string& said = classifier.categories()[decision.category];
    const bool refused = decision.probability < thresholds.at(said);
    if (request.in_scope()) {
      inside.push_back(decision.probability);
      count(out.accuracy, said == request.category);
      count(out.kept, !refused);
      if (!refused) count(out.kept_right, said == request.category);
    } else {
      (request.near ? near : far).push_back(decision.probability);
      count(out.refused, refused);
      count(request.near ? out.refused_near : out.refused_far, refused);
    }
  }
  out.auroc_near = auroc(inside, near);
  out.auroc_far = auroc(inside, far);
  return out;
}

// What the classifier and the baseline both learn from: the examples, and each description as one more.
learn::Dataset with_descriptions(const Desk& desk) {
  learn::Dataset all = desk.examples;
  for (const classify::Category& category : desk.categories) {
    std::string name = category.name;
    std::ranges::replace(name, '_', ' ');
    all.examples.push_back({.text = name + ": " + category.description, .category = category.name});
  }
  return all;
}

struct Seeds {
  std::vector<Judgement> judgements;
  std::vector<double> out_of_fold;  // accuracy that training itself foretold, in percent
};

Result<Seeds> judge_seeds(const Desk& desk, const BenchOptions& options) {
  Seeds out;
  const int seeds = options.quick ? 1 : std::max(options.seeds, 1);
  for (int seed = 1; seed <= seeds; ++seed) {
    learn::TrainOptions training;
    training.categories = desk.categories;
    training.threads = options.threads;
    training.seed = static_cast<std::uint64_t>(seed);
    PM_TRY(learn::Trained trained, learn::train(desk.examples, training));
    out.out_of_fold.push_back(100 * trained.report.out_of_fold.accuracy.value());
    PM_TRY(const auto model, classify::LinearModel::from_string(std::move(trained.artefact)));
    PM_TRY(const Judgement judgement, judge(*model, desk));
    out.judgements.push_back(judgement);
  }
  return out;
}

struct Spread {
  double mean = 0;
  double least = 0;
  double most = 0;
};

Spread spread(const std::vector<Judgement>& judgements, learn::Share Judgement::* which) {
  Spread out{.mean = 0, .least = 100, .most = 0};
  for (const Judgement& judgement : judgements) {
    const double percent = 100 * (judgement.*which).value();
    out.mean += percent / static_cast<double>(judgements.size());
    out.least = std::min(out.least, percent);
    out.most = std::max(out.most, percent);
  }
  return out;
}

// The seeds' spread; the interval that comes from the number of requests; the baseline beside it.
std::string note(const std::vector<Judgement>& judgements, const Judgement& baseline, learn::Share Judgement::* which) {
  const Spread seeds = spread(judgements, which);
  const learn::Share& first = judgements.front().*which;
  return fmt::format("seeds {:.1f}-{:.1f}, 95 % interval {:.1f}-{:.1f} of {} requests; nearest centroid {:.1f}",
                     seeds.least, seeds.most, 100 * first.low(), 100 * first.high(), first.of,
                     100 * (baseline.*which).value());
}

void write_share(learn::JsonText& json, std::string_view name, const learn::Share& share) {
  json.key(name).open_object();
  json.member("value", share.value()).member("low", share.low()).member("high", share.high());
  json.member("hits", share.hits).member("of", share.of).close_object();
}

void write_judgement(learn::JsonText& json, const Judgement& judgement) {
  json.open_object();
  write_share(json, "accuracy_in_scope", judgement.accuracy);
  write_share(json, "kept_in_scope", judgement.kept);
  write_share(json, "accuracy_of_kept", judgement.kept_right);
  write_share(json, "refused", judgement.refused);
  write_share(json, "refused_near", judgement.refused_near);
  write_share(json, "refused_far", judgement.refused_far);
  json.member("auroc_near", judgement.auroc_near).member("auroc_far", judgement.auroc_far);
  json.close_object();
}

std::string details(const Desk& desk, const Seeds& seeds, const Judgement& baseline) {
  learn::JsonText json;
  json.open_object();
  json.member("examples", desk.examples.examples.size()).member("categories", desk.categories.size());
  json.member("requests", desk.requests.size());
  json.key("thresholds").open_object();
  for (const classify::Category& category : desk.categories) json.member(category.name, category.threshold);
  json.close_object();
  json.key("accuracy_foretold").open_array();
  for (const double percent : seeds.out_of_fold) json.number(percent / 100);
  json.close_array().key("seeds").open_array();
  for (const Judgement& judgement : seeds.judgements) write_judgement(json, judgement);
  json.close_array().key("nearest_centroid");
  write_judgement(json, baseline);
  json.close_object();
  return json.take();
}

}  // namespace

Result<SectionResult> trade_section(const BenchOptions& options) {
  PM_TRY(const Desk desk, read_desk());
  PM_TRY(const Seeds seeds, judge_seeds(desk, options));
  const NearestCentroid centroid = NearestCentroid::fit(with_descriptions(desk));
  PM_TRY(const Judgement baseline, judge(centroid, desk));

  SectionResult result{.name = "trade", .targets = {}, .details_json = details(desk, seeds, baseline)};
  const auto add = [&](std::string name, learn::Share Judgement::* which, double goal) {
    const double value = spread(seeds.judgements, which).mean;
    result.targets.push_back({.name = std::move(name),
                              .value = value,
                              .unit = "%",
                              .goal = goal,
                              .holds = value >= goal,
                              .note = note(seeds.judgements, baseline, which)});
  };
  add("support desk, 10 close intents, 11 examples each: accuracy", &Judgement::accuracy, kAccuracyGoal);
  add("support desk: out-of-scope requests refused at the configured threshold", &Judgement::refused, kRefusedGoal);
  std::string& refusals = result.targets.back().note;
  const auto mean = [&](learn::Share Judgement::* which) { return spread(seeds.judgements, which).mean; };
  refusals += fmt::format("; of the same trade {:.1f}, of others {:.1f}; in scope kept {:.1f}, {:.1f} of them right",
                          mean(&Judgement::refused_near), mean(&Judgement::refused_far), mean(&Judgement::kept),
                          mean(&Judgement::kept_right));
  return result;
}

}  // namespace pointsman::bench
