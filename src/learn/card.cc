#include "learn/card.h"

#include "learn/json_text.h"

namespace pointsman::learn {
namespace {

// Prompts may be long and private; people recognise an example by its beginning and its line.
std::string_view beginning(std::string_view text) {
  return text.substr(0, 200);
}

void write_example(JsonText& json, const Example& example) {
  json.open_object().member("line", example.line).member("category", std::string_view(example.category));
  json.member("text", beginning(example.text)).close_object();
}

void write_trials(JsonText& json, const TrainReport& report) {
  json.key("trials").open_array();
  for (const L2Trial& trial : report.trials) {
    json.open_object().member("l2", trial.l2).member("nll", trial.nll);
    json.member("accuracy", trial.accuracy).member("temperature", trial.temperature).close_object();
  }
  json.close_array();
}

void write_confused(JsonText& json, const TrainReport& report) {
  json.key("confused").open_array();
  for (const ConfusedPair& pair : report.confused) {
    json.open_object().member("first", std::string_view(pair.first)).member("second", std::string_view(pair.second));
    json.member("first_as_second", pair.first_as_second).member("second_as_first", pair.second_as_first);
    json.key("closest").open_array();
    for (const ClosePair& close : pair.closest) {
      json.open_object().member("similarity", close.similarity).key("first");
      write_example(json, report.examples[close.first]);
      json.key("second");
      write_example(json, report.examples[close.second]);
      json.close_object();
    }
    json.close_array().close_object();
  }
  json.close_array();
}

void write_suspects(JsonText& json, const TrainReport& report) {
  json.key("suspects").open_array();
  for (const Suspect& suspect : report.suspects) {
    json.open_object().key("example");
    write_example(json, report.examples[suspect.example]);
    json.member("predicted", std::string_view(suspect.predicted));
    json.member("label_probability", suspect.label_probability);
    json.member("predicted_probability", suspect.predicted_probability).close_object();
  }
  json.close_array();
}

void write_share(JsonText& json, std::string_view name, const Share& share) {
  json.key(name).open_object();
  json.key("value");
  share.of == 0 ? json.raw("null") : json.number(share.value());
  json.member("low", share.low()).member("high", share.high()).close_object();
}

void write_second_view(JsonText& json, const TrainReport& report) {
  json.key("second_view").open_object().member("kept", report.mix.net > 0);
  json.member("nll_without", report.nll_linear).member("nll_with", report.nll_mixed);
  if (report.mix.net > 0) {
    json.member("linear", report.mix.linear).member("net", report.mix.net);
    json.member("ask_below", report.mix.ask_below).member("ask_share", report.ask_share);
  }
  json.close_object();
}

void write_encoder(JsonText& json, const TrainReport& report) {
  const EncoderReport& encoder = report.encoder;
  json.key("encoder").open_object().member("kept", encoder.kept);
  if (encoder.nll_without > 0) {
    json.member("nll_without", encoder.nll_without).member("nll_with", encoder.nll_with);
  }
  if (encoder.kept) {
    json.member("linear", encoder.mix.linear).member("net", encoder.mix.net).member("encoder", encoder.mix.encoder);
    json.member("ask_below", encoder.mix.ask_below).member("ask_share", encoder.ask_share);
    json.member("scope_auroc", encoder.scope_auroc);
  }
  json.close_object();
}

void write_scope(JsonText& json, const TrainReport& report) {
  const bool learned = report.scope_outside > 0;
  json.key("scope").open_object().member("learned", learned).member("outside_given", report.outside_given);
  json.member("inside_rows", report.scope_inside).member("outside_rows", report.scope_outside).key("auroc");
  learned ? json.number(report.scope_auroc) : json.raw("null");
  json.close_object();
}

void write_needs(JsonText& json, const TrainReport& report) {
  json.key("needs").open_array();
  for (const CategoryNeed& need : report.needs) {
    json.open_object().member("category", std::string_view(need.name)).member("few", need.few);
    json.member("examples", need.examples);
    write_share(json, "recall", need.recall);
    json.key("taken_for");
    need.taken_for.empty() ? json.raw("null") : json.string(need.taken_for);
    json.member("taken_count", need.taken_count).close_object();
  }
  json.close_array();
}

void write_curve(JsonText& json, const LearningCurve& curve) {
  json.key("learning_curve").open_array();
  for (const LearningPoint& point : curve.points) {
    json.open_object().member("share", point.share).member("examples", point.examples);
    write_share(json, "accuracy", point.accuracy);
    json.key("recall").open_object();
    for (std::size_t c = 0; c < curve.categories.size(); ++c) {
      json.member(std::string_view(curve.categories[c]), point.recall[c].value());
    }
    json.close_object().close_object();
  }
  json.close_array();
}

}  // namespace

std::string card_json(const Dataset& data, const TrainOptions& options, const TrainReport& report) {
  const Evaluation& oof = report.out_of_fold;
  JsonText json;
  json.open_object().member("created_by", std::string_view(options.created_by));
  json.member("data_sha256", std::string_view(content_hash(data))).member("examples", report.rows_given);
  json.member("distinct_examples", report.examples.size()).member("features", report.features);
  json.member("seed", options.seed).member("l2", report.l2).member("temperature", report.temperature);
  json.member("vector_scaling", report.offsets).member("stray", report.mix.stray);
  json.member("balance", options.balance).member("group_balance", options.group_balance);
  json.member("background", report.background).member("folds", report.folds);
  json.member("folds_by_group", report.folds_by_group);
  json.key("out_of_fold").open_object();
  json.member("accuracy", oof.accuracy.value()).member("macro_f1", oof.macro_f1).member("nll", oof.nll);
  json.member("ece", oof.ece).member("brier", oof.brier).close_object();
  write_second_view(json, report);
  write_encoder(json, report);
  write_scope(json, report);
  if (!options.provenance.empty()) json.key("learnt_from").raw(options.provenance);
  json.key("support").open_object();
  for (const CategoryQuality& quality : oof.categories) json.member(quality.name, quality.support);
  return json.close_object().close_object().take();
}

std::string TrainReport::to_json() const {
  JsonText json;
  json.open_object().member("examples", rows_given).member("distinct_examples", examples.size());
  json.member("features", features).member("folds", folds).member("folds_by_group", folds_by_group);
  json.member("l2", l2).member("temperature", temperature).member("epochs", epochs);
  json.member("vector_scaling", offsets).member("stray", mix.stray);
  json.member("ece_before_calibration", ece_before);
  write_trials(json, *this);
  write_second_view(json, *this);
  write_encoder(json, *this);
  write_scope(json, *this);
  json.key("out_of_fold").raw(out_of_fold.to_json());
  json.key("few_examples").open_array();
  for (const std::string& name : few_examples) json.string(name);
  json.close_array();
  write_needs(json, *this);
  write_curve(json, curve);
  write_confused(json, *this);
  write_suspects(json, *this);
  for (const auto& [name, pairs] : {std::pair{"duplicates", &repeats.duplicates}, {"conflicts", &repeats.conflicts}}) {
    json.key(name).open_array();
    for (const auto& [a, b] : *pairs) json.open_array().integer(a).integer(b).close_array();
    json.close_array();
  }
  return json.close_object().take();
}

}  // namespace pointsman::learn
