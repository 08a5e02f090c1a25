// Everything decisions and calls depend on, built once from a configuration and never changed afterwards (I5).
//
// Shared by all workers through shared_ptr; a request takes the worker's present snapshot once and keeps it. A reload
// builds a new one and posts it to the workers; connections to providers that did not change are kept.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "classify/cascade.h"
#include "classify/classifier.h"
#include "classify/rules.h"
#include "config/config.h"
#include "config/policy.h"
#include "encode/encoder.h"
#include "encode/precision.h"
#include "gateway/consultant.h"
#include "route/ranking.h"
#include "upstream/provider.h"

namespace pointsman::gateway {

struct Snapshot {
  config::Config config;
  config::Policy policy;
  std::string policy_document;
  std::string policy_version;

  classify::Cascade cascade;
  classify::RuleSet rules;
  std::shared_ptr<const classify::Classifier> classifier;  // null: none configured
  classify::Projection projection;
  std::string classifier_version;  // empty without a classifier
  // The encoder that the classifier names; null: it names none, or that one is not here, and encoder_note says what to
  // do.
  std::shared_ptr<const encode::Encoder> encoder;
  std::string encoder_note;  // about an encoder that is missing, or configured in vain; empty: nothing to say
  // The small model that is asked where the classifier is unsure; null: there is none, or nobody has measured what its
  // opinion is worth, and consultant_note says so.
  ConsultantPtr consultant;
  std::string consultant_note;
  bool use_header = true;
  bool use_rules = true;

  route::Market market;
  std::vector<upstream::Provider> providers;
  // What savings are counted against: where nothing else is stated, and for each category of the policy.
  route::ModelIndex baseline = 0;
  std::vector<route::ModelIndex> baseline_of_category;
  std::vector<int> provider_of_model;  // index into providers for each model of the market
  std::string models_body;             // the answer to GET /v1/models
  std::string messages_models_body;    // likewise, for clients of Anthropic's API

  // Whether what router.risk promises was proved with the encoder's opinion, so that certified thresholds do not count
  // where it was wanted and did not come.
  bool counts_on_encoder() const { return config.router.risk && !config.router.risk->proved.encoder.empty(); }
  // Whether entries keep the features of texts: where the texts themselves are not kept.
  bool keeps_features() const {
    return config.ledger.store_features && config.ledger.store_prompts == config::StorePrompts::kOff;
  }
  // What certified thresholds promise, in words; nothing if nothing could be certified, or none is.
  std::optional<std::string> promise() const;
  // Index of the model of that name, or -1.
  int find_model(std::string_view name) const;
  // Names a client may put into "model".
  std::vector<std::string> model_names() const;
};
using SnapshotPtr = std::shared_ptr<const Snapshot>;

// Gives the classifier that the configuration names ("builtin", a path), or an error that says what to do.
using ClassifierLoader =
    std::function<base::Result<std::shared_ptr<const classify::Classifier>>(const std::string& name)>;

// Gives the encoder whose files are in the folder `path`, or an error that says what to do. The same files may be asked
// for again and again.
using EncoderLoader = std::function<base::Result<std::shared_ptr<const encode::Encoder>>(const std::string& path,
                                                                                         encode::Precision precision)>;

// Fails with kInvalidArgument naming what cannot work. `previous` may be null; its targets are reused where equal.
// Encoders are loaded only for classifiers that name one. A certificate that names an encoder is refused without it.
// `counters` count a prompt's tokens exactly.
base::Result<SnapshotPtr> build_snapshot(config::Config config, const ClassifierLoader& load,
                                         const SnapshotPtr& previous, const EncoderLoader& load_encoder = {},
                                         const consult::Counters& counters = {});

// The small model of router.llm as the snapshot would ask it, measured or not: for measuring it. `config` has one.
base::Result<ConsultantPtr> make_consultant(const config::Config& config, const consult::Counters& counters);

}  // namespace pointsman::gateway
