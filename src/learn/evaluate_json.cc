#include "learn/evaluate.h"
#include "learn/json_text.h"

namespace pointsman::learn {
namespace {

void write_share(JsonText& json, std::string_view name, const Share& share) {
  json.key(name).open_object();
  if (share.of == 0) {
    json.key("value").raw("null");
  } else {
    json.member("value", share.value());
  }
  json.member("low", share.low()).member("high", share.high());
  json.member("hits", share.hits).member("of", share.of).close_object();
}

void write_categories(JsonText& json, const Evaluation& evaluation) {
  json.key("categories").open_array();
  for (const CategoryQuality& quality : evaluation.categories) {
    json.open_object().member("name", std::string_view(quality.name)).member("support", quality.support);
    write_share(json, "precision", quality.precision);
    write_share(json, "recall", quality.recall);
    json.member("f1", quality.f1).member("low_sample", quality.support < kLowSample).close_object();
  }
  json.close_array();
}

// Only what is not zero: {"true": ..., "predicted": ..., "count": ...}.
void write_confusion(JsonText& json, const Evaluation& evaluation) {
  json.key("confusion").open_array();
  for (std::size_t t = 0; t < evaluation.confusion.size(); ++t) {
    for (std::size_t p = 0; p < evaluation.confusion[t].size(); ++p) {
      if (evaluation.confusion[t][p] == 0) continue;
      json.open_object();
      json.member("true", std::string_view(evaluation.categories[t].name));
      json.member("predicted", std::string_view(evaluation.categories[p].name));
      json.member("count", evaluation.confusion[t][p]).close_object();
    }
  }
  json.close_array();
}

void write_points(JsonText& json, std::string_view name, const std::vector<Coverage>& points) {
  json.key(name).open_array();
  for (const Coverage& point : points) {
    json.open_object().member("share", point.share).member("accuracy", point.accuracy);
    json.member("threshold", point.threshold).close_object();
  }
  json.close_array();
}

}  // namespace

std::string Evaluation::to_json() const {
  JsonText json;
  json.open_object().member("examples", examples);
  write_share(json, "accuracy", accuracy);
  json.member("macro_f1", macro_f1).member("nll", nll).member("brier", brier).member("ece", ece);
  json.key("calibration").open_array();
  for (const CalibrationBin& bin : bins) {
    const Share right{bin.right, bin.count};
    json.open_object().member("count", bin.count).member("confidence", bin.confidence);
    json.member("accuracy", bin.accuracy).member("low", right.low()).member("high", right.high()).close_object();
  }
  json.close_array();
  write_points(json, "coverage", coverage);
  write_points(json, "risk_coverage", curve);
  json.member("aurc", aurc).member("outside", outside);
  json.key("outside_auroc");
  outside == 0 ? json.raw("null") : json.number(outside_auroc);
  write_categories(json, *this);
  write_confusion(json, *this);
  return json.close_object().take();
}

}  // namespace pointsman::learn
