#include "app/classifier_watch.h"

#include "classify/linear_model.h"
#include "config/proofs.h"

namespace pointsman::app {

using base::Result;

namespace {

constexpr std::string_view kOfRegistry = "registry:";

}  // namespace

// The same classifiers under the same proofs.
bool Roles::operator==(const Roles& other) const {
  const auto same = [](const ledger::ClassifierVersion& a, const ledger::ClassifierVersion& b) {
    return a.version == b.version && a.certificate == b.certificate && a.pairing == b.pairing;
  };
  return same(champion, other.champion) && same(canary, other.canary) && same(shadow, other.shadow) &&
         share == other.share && canary_since == other.canary_since;
}

Result<config::Config> with_classifier(config::Config config, const ledger::ClassifierVersion& version) {
  if (version.version.empty()) return config;
  config.router.classifier = std::string(kOfRegistry) + version.version;
  PM_CHECK(config::replace_proofs(config, version.certificate, version.pairing));
  return config;
}

Result<ledger::ClassifierRegistry*> ClassifierWatch::registry() {
  if (registry_) return registry_.get();
  auto opened = backend_->classifiers(ledger::Access::kReading);
  if (opened) {
    registry_ = std::move(*opened);
    return registry_.get();
  }
  if (opened.error().code() == base::ErrorCode::kNotFound) return nullptr;
  return base::fail(std::move(opened).error());
}

Result<bool> ClassifierWatch::changed() {
  PM_TRY(ledger::ClassifierRegistry* const registry, this->registry());
  if (registry == nullptr) return false;
  PM_TRY(const std::int64_t serial, registry->serial());
  return std::exchange(serial_, serial) != serial;
}

Result<Roles> ClassifierWatch::roles() {
  Roles out;
  PM_TRY(ledger::ClassifierRegistry* const registry, this->registry());
  if (registry == nullptr) return out;
  PM_TRY(serial_, registry->serial());
  PM_TRY(const auto assignments, registry->assignments());
  for (const ledger::Assignment& one : assignments) {
    if (one.version.empty()) continue;
    PM_TRY(ledger::ClassifierVersion version, registry->find(one.version));
    switch (one.role) {
      case ledger::Role::kChampion:
        out.champion = std::move(version);
        break;
      case ledger::Role::kCanary:
        out.canary = std::move(version);
        out.share = one.share;
        out.canary_since = one.since;
        break;
      case ledger::Role::kShadow:
        out.shadow = std::move(version);
        break;
    }
  }
  return out;
}

Result<std::shared_ptr<const classify::Classifier>> ClassifierWatch::load(const std::string& name,
                                                                          const gateway::ClassifierLoader& others) {
  if (!name.starts_with(kOfRegistry)) return others(name);
  PM_TRY(ledger::ClassifierRegistry* const registry, this->registry());
  if (registry == nullptr) return base::fail(base::ErrorCode::kNotFound, "there is no registry of classifiers");
  PM_TRY(std::string bytes, registry->artefact(std::string_view(name).substr(kOfRegistry.size())));
  PM_TRY(auto model, classify::LinearModel::from_string(std::move(bytes)));
  return std::shared_ptr<const classify::Classifier>(std::move(model));
}

}  // namespace pointsman::app
