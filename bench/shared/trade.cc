// A support desk's close intents (examples/support-desk), as its owner would run it: trained on train.jsonl and the
// configuration's descriptions, refused below the configuration's own thresholds, which nothing here tunes. Beside it,
// for information, what only the first few examples of each intent would have reached.
#include "shared/trade.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <span>

#include "classify/assisted_classifier.h"
#include "classify/linear_model.h"
#include "config/load.h"
#include "learn/dataset.h"
#include "learn/evaluate.h"
#include "learn/json_text.h"
#include "learn/train.h"
#include "shared/nearest_centroid.h"

namespace pointsman::bench {

namespace {

using base::Result;

constexpr std::string_view kFolder = POINTSMAN_SOURCE_DIR "/examples/support-desk/";
constexpr std::string_view kOutOfScope = "out_of_scope";
constexpr std::size_t kMaxFileBytes = std::size_t{1} << 20;
constexpr std::array<std::size_t, 2> kFewer{5, 10};  // examples of each intent

struct Request {
  std::string text;
  std::string category;
  bool near = false;  // of the trade, though out of scope

  bool in_scope() const { return category != kOutOfScope; }
};

struct Desk {
  learn::Dataset examples;                     // in the order of the file, those of no intent among them
  std::vector<classify::Category> categories;  // without examples: they come from the file alone
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

Result<std::vector<classify::Category>> read_categories() {
  config::DiskFiles files;
  const std::string path = std::string(kFolder) + "pointsman.yaml";
  PM_TRY(const std::string yaml, files.read(path, kMaxFileBytes));
  const auto nothing_set = [](std::string_view) -> std::optional<std::string> { return std::nullopt; };
  auto loaded = config::load(yaml, path, {files, nothing_set});
  if (!loaded) return base::fail(base::ErrorCode::kParse, loaded.error().front().to_string());
  std::vector<classify::Category> categories;
  for (config::CategoryConfig& category : loaded->categories) {
    category.examples.clear();
    categories.push_back(std::move(category));
  }
  return categories;
}

Result<learn::Dataset> read_examples() {
  config::DiskFiles files;
  const std::string path = std::string(kFolder) + "train.jsonl";
  PM_TRY(const std::string bytes, files.read(path, kMaxFileBytes));
  return learn::read_jsonl(bytes, path);
}

Result<std::vector<Request>> read_requests() {
  config::DiskFiles files;
  const std::string path = std::string(kFolder) + "test.jsonl";
  PM_TRY(const simdjson::padded_string bytes, files.read(path, kMaxFileBytes));
  const auto broken = [&](std::size_t row) {
    return base::fail(base::ErrorCode::kParse, fmt::format("{}: row {} is not a labelled request", path, row));
  };
  std::vector<Request> requests;
  simdjson::dom::parser parser;
  simdjson::dom::document_stream rows;
  if (parser.parse_many(bytes, kMaxFileBytes).get(rows) != simdjson::SUCCESS) return broken(1);
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
  Desk desk;
  PM_TRY(desk.categories, read_categories());
  PM_TRY(desk.examples, read_examples());
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

// The first `most` examples of each intent, in the order of the file, and all of no intent: so that two such sets
// differ in nothing but how many examples an intent has.
learn::Dataset first_of_each(const learn::Dataset& data, std::size_t most) {
  learn::Dataset first;
  std::map<std::string_view, std::size_t> taken;
  for (const learn::Example& example : data.examples) {
    if (example.outside || taken[example.category]++ < most) first.examples.push_back(example);
  }
  return first;
}

// Of the intent that has the fewest.
std::size_t examples_of_an_intent(const Desk& desk) {
  std::map<std::string_view, std::size_t> counts;
  for (const learn::Example& example : desk.examples.examples) {
    if (!example.outside) ++counts[example.category];
  }
  std::size_t least = desk.examples.examples.size();
  for (const auto& [name, count_of] : counts) least = std::min(least, count_of);
  return least;
}

// Requests that training has seen as they are, but for upper and lower case: there should be none.
std::size_t requests_among_examples(const Desk& desk) {
  const auto folded = [](std::string text) {
    for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return text;
  };
  std::set<std::string> taught;
  for (const learn::Example& example : desk.examples.examples) taught.insert(folded(example.text));
  return static_cast<std::size_t>(
      std::ranges::count_if(desk.requests, [&](const Request& one) { return taught.contains(folded(one.text)); }));
}

// What the baseline learns from: as the classifier does, the examples of intents, and each description as one more.
learn::Dataset with_descriptions(const Desk& desk, const learn::Dataset& examples) {
  learn::Dataset all = examples;
  std::erase_if(all.examples, [](const learn::Example& example) { return example.outside; });
  for (const classify::Category& category : desk.categories) {
    std::string name = category.name;
    std::ranges::replace(name, '_', ' ');
    all.examples.push_back({.text = name + ": " + category.description, .category = category.name});
  }
  return all;
}

// What came of learning from one set of examples.
struct Run {
  std::size_t each = 0;  // examples of every intent
  std::vector<Judgement> seeds;
  std::vector<double> foretold;  // by training itself, out of fold: each seed's accuracy, 0 to 1
  Judgement baseline;            // the nearest centroid
};

Result<Run> run(const Desk& desk, std::size_t each, const BenchOptions& options, const TradeViews& views) {
  const learn::Dataset examples = first_of_each(desk.examples, each);
  Run out{.each = each, .seeds = {}, .foretold = {}, .baseline = {}};
  const int seeds = options.quick ? 1 : std::max(options.seeds, 1);
  for (int seed = 1; seed <= seeds; ++seed) {
    learn::TrainOptions training;
    training.categories = desk.categories;
    training.threads = options.threads;
    training.seed = static_cast<std::uint64_t>(seed);
    training.table = views.table;
    training.encoder = views.encoder;
    PM_TRY(learn::Trained trained, learn::train(examples, training));
    out.foretold.push_back(trained.report.out_of_fold.accuracy.value());
    PM_TRY(const auto model, classify::LinearModel::from_string(std::move(trained.artefact)));
    std::shared_ptr<const classify::Classifier> classifier = model;
    if (model->encoder() != nullptr) {
      PM_TRY(classifier, classify::AssistedClassifier::make(model, views.encoder));
    }
    PM_TRY(const Judgement judgement, judge(*classifier, desk));
    out.seeds.push_back(judgement);
  }
  const NearestCentroid centroid = NearestCentroid::fit(with_descriptions(desk, examples));
  PM_TRY(out.baseline, judge(centroid, desk));
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
std::string note(const Run& run, learn::Share Judgement::* which) {
  const Spread seeds = spread(run.seeds, which);
  const learn::Share& first = run.seeds.front().*which;
  return fmt::format("seeds {:.1f}-{:.1f}, 95 % interval {:.1f}-{:.1f} of {} requests; nearest centroid {:.1f}",
                     seeds.least, seeds.most, 100 * first.low(), 100 * first.high(), first.of,
                     100 * (run.baseline.*which).value());
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

void write_run(learn::JsonText& json, const Run& run) {
  json.open_object().member("examples_of_each", run.each);
  json.key("accuracy_foretold").open_array();
  for (const double share : run.foretold) json.number(share);
  json.close_array().key("seeds").open_array();
  for (const Judgement& judgement : run.seeds) write_judgement(json, judgement);
  json.close_array().key("nearest_centroid");
  write_judgement(json, run.baseline);
  json.close_object();
}

// The runs with the fewest examples first; the last had all.
std::string details(const Desk& desk, const std::vector<Run>& runs) {
  learn::JsonText json;
  json.open_object();
  json.member("examples", desk.examples.examples.size()).member("categories", desk.categories.size());
  json.member("requests", desk.requests.size()).member("requests_among_examples", requests_among_examples(desk));
  json.key("thresholds").open_object();
  for (const classify::Category& category : desk.categories) json.member(category.name, category.threshold);
  json.close_object().key("runs").open_array();
  for (const Run& run : runs) write_run(json, run);
  json.close_array().close_object();
  return json.take();
}

std::string refusals(const Run& run) {
  const auto mean = [&](learn::Share Judgement::* which) { return spread(run.seeds, which).mean; };
  return fmt::format("of the same trade {:.1f}, of others {:.1f}; in scope kept {:.1f}, {:.1f} of them right",
                     mean(&Judgement::refused_near), mean(&Judgement::refused_far), mean(&Judgement::kept),
                     mean(&Judgement::kept_right));
}

Target target(const Desk& desk, const Run& run, const TradeViews& views, learn::Share Judgement::* which) {
  const bool accuracy = which == &Judgement::accuracy;
  return {.name = fmt::format("support desk{}, {} close intents, {} examples each: {}", views.name,
                              desk.categories.size(), run.each, accuracy ? "accuracy" : "out of scope refused"),
          .value = spread(run.seeds, which).mean,
          .unit = "%",
          .note = note(run, which) + (accuracy ? "" : "; " + refusals(run))};
}

}  // namespace

Result<learn::Dataset> trade_examples() {
  PM_TRY(Desk desk, read_desk());
  return std::move(desk.examples);
}

Result<SectionResult> measure_trade(const BenchOptions& options, const TradeViews& views) {
  PM_TRY(const Desk desk, read_desk());
  const std::size_t all = examples_of_an_intent(desk);
  std::vector<Run> runs;
  for (const std::size_t each : {kFewer[0], kFewer[1], all}) {
    PM_TRY(Run one, run(desk, each, options, views));
    runs.push_back(std::move(one));
  }

  SectionResult result{.name = "trade", .targets = {}, .details_json = details(desk, runs)};
  const auto aim = [&](learn::Share Judgement::* which, double goal) {
    Target one = target(desk, runs.back(), views, which);
    one.goal = goal;
    one.holds = one.value >= goal;
    result.targets.push_back(std::move(one));
  };
  aim(&Judgement::accuracy, views.accuracy_goal);
  aim(&Judgement::refused, views.refused_goal);
  for (const Run& fewer : std::span(runs).first(runs.size() - 1)) {
    for (const auto which : {&Judgement::accuracy, &Judgement::refused}) {
      Target one = target(desk, fewer, views, which);
      one.holds = one.for_information = true;
      result.targets.push_back(std::move(one));
    }
  }
  return result;
}

}  // namespace pointsman::bench
