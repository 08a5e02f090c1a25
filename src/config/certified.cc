#include "config/certified.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "config/units.h"

namespace pointsman::config {
namespace {

using classify::Certificate;
using classify::RiskKind;

constexpr std::string_view kPath = "router.risk";

std::vector<std::string> order_of(const Config& config) {
  if (!config.router.risk->order.empty()) return config.router.risk->order;
  std::vector<std::string> out;
  for (const CategoryConfig& one : config.categories) out.push_back(one.name);
  return out;
}

std::vector<std::string> sorted(std::vector<std::string> names) {
  std::ranges::sort(names);
  return names;
}

struct Stated {
  RiskKind kind = RiskKind::kUnderRouting;
  double at_most = 0;
  std::string_view key;
};

std::vector<Stated> stated(const RiskConfig& risk) {
  std::vector<Stated> out;
  if (risk.under_routing) out.push_back({RiskKind::kUnderRouting, *risk.under_routing, "under_routing"});
  if (risk.any_mistake) out.push_back({RiskKind::kAnyMistake, *risk.any_mistake, "any_mistake"});
  if (risk.cost) out.push_back({RiskKind::kCost, *risk.cost, "cost"});
  return out;
}

// Whoever makes no mistake at all under-routes nothing: the promise about any mistake keeps both.
bool covers(const Certificate& proved, RiskKind wanted) {
  return proved.kind == wanted || (proved.kind == RiskKind::kAnyMistake && wanted == RiskKind::kUnderRouting);
}

class Taking {
 public:
  Taking(Config& config, const Places& places, Problems& problems)
      : config_(config), risk_(*config.router.risk), places_(places), problems_(problems) {}

  // Whether the promise itself makes sense.
  bool check_promise() {
    const auto all = stated(risk_);
    if (all.size() != 1) {
      add("", "needs exactly one of under_routing, any_mistake and cost; write under_routing: 2% if in doubt");
      return false;
    }
    const std::string key = std::string(".") + std::string(all.front().key);
    if (!(all.front().at_most > 0 && all.front().at_most < 1)) {
      add(key, "must be above 0% and below 100%; write something like 2%");
      return false;
    }
    if (!(risk_.confidence > 0 && risk_.confidence < 1)) {
      add(".confidence", "must be above 0% and below 100%; write something like 95%");
      return false;
    }
    if (!risk_.order.empty() && sorted(risk_.order) != sorted(names())) {
      add(".order", fmt::format("must list every category once, the weakest first: {}", fmt::join(names(), ", ")));
      return false;
    }
    return true;
  }

  bool read(const Sources& sources) {
    if (risk_.certificate.empty()) return false;  // told already
    const std::string shown = places_.shown(path(".certificate"), risk_.certificate);
    const auto text = sources.files.read(risk_.certificate, classify::kMaxCertificate);
    if (!text) {
      add(".certificate",
          fmt::format("cannot read the file {}: {}; run `{}`", shown, text.error().message(), command()));
      return false;
    }
    auto proved = classify::read_certificate(*text);
    if (!proved) {
      add(".certificate", fmt::format("{}: {}; run `{}`", shown, proved.error().message(), command()));
      return false;
    }
    risk_.proved = std::move(*proved);
    return true;
  }

  // Whether what was proved is at least what was stated.
  bool suffices() {
    const Certificate& proved = risk_.proved;
    const Stated wanted = stated(risk_).front();
    std::vector<std::string> theirs;
    for (const classify::CertifiedCategory& one : proved.categories) theirs.push_back(one.name);
    std::string problem;
    if (sorted(theirs) != sorted(names())) {
      problem = fmt::format("is about other categories ({})", shortened(theirs));
    } else if (!covers(proved, wanted.kind)) {
      problem = fmt::format("promises {}, which says nothing about {}", proved.promise(), wanted.key);
    } else if (proved.kind == RiskKind::kUnderRouting && theirs != order_of(config_)) {
      problem = fmt::format("has another order of categories ({})", shortened(theirs));
    } else if (proved.at_most > wanted.at_most * (1 + 1e-9)) {
      problem =
          fmt::format("promises less ({}) than {}: {}", proved.promise(), wanted.key, format_share(wanted.at_most));
    } else if (proved.confidence < risk_.confidence - 1e-9) {
      problem = fmt::format("promises less ({}) than confidence: {}", proved.promise(), format_share(risk_.confidence));
    }
    if (problem.empty() && !proved.encoder.empty() && !config_.router.encoder) {
      problem = fmt::format(
          "is about the classifier with the sentence encoder {:.12}, and router.encoder is not set; set it to the "
          "folder of that encoder, or prove the classifier alone",
          proved.encoder);
    }
    if (problem.empty()) return true;
    add(".certificate", fmt::format("{}; run `{}`", problem, command()));
    return false;
  }

  void apply() {
    const Mark mark = places_.at(path(".certificate"));
    risk_.place = fmt::format("{}:{}:{}: {}", problems_.file(), mark.line, mark.column, path(".certificate"));
    for (CategoryConfig& category : config_.categories) {
      const auto at = std::ranges::find(risk_.proved.categories, category.name, &classify::CertifiedCategory::name);
      category.threshold = at->threshold;
      category.certified = true;
    }
  }

 private:
  // Values that were filled in are not repeated: they may be secret.
  std::string command() const {
    bool filled = places_.was_filled(path(".certificate")) || places_.was_filled("router.classifier") ||
                  places_.was_filled("router.encoder") || places_.was_filled("router.encoder.path");
    for (std::size_t i = 0; i < risk_.order.size(); ++i) filled |= places_.was_filled(index_path(path(".order"), i));
    return filled ? "pointsman tune" : tune_command(config_);
  }
  static std::string path(std::string_view key) { return std::string(kPath) + std::string(key); }
  void add(std::string_view key, std::string message) {
    problems_.add(places_.at(path(key)), path(key), std::move(message));
  }
  std::vector<std::string> names() const {
    std::vector<std::string> out;
    for (const CategoryConfig& one : config_.categories) out.push_back(one.name);
    return out;
  }
  static std::string shortened(const std::vector<std::string>& names) {
    constexpr std::size_t kShown = 8;
    const auto first = std::span(names).first(std::min(names.size(), kShown));
    const std::string list = fmt::format("{}", fmt::join(first, ", "));
    return quoted(list + (names.size() > kShown ? fmt::format(" and {} more", names.size() - kShown) : ""));
  }

  Config& config_;
  RiskConfig& risk_;
  const Places& places_;
  Problems& problems_;
};

}  // namespace

void take_certificate(Config& config, const Sources& sources, const Places& places, Problems& problems) {
  if (!config.router.risk) return;
  Taking taking(config, places, problems);
  if (taking.check_promise() && taking.read(sources) && taking.suffices()) taking.apply();
}

base::Result<void> check_certificate(const Config& config, std::string_view version) {
  if (!config.router.risk || version.empty()) return {};
  const RiskConfig& risk = *config.router.risk;
  if (risk.proved.classifier == version) return {};
  return base::fail(
      base::Error(base::ErrorCode::kInvalidArgument,
                  fmt::format("{}: is about the classifier {:.12}, but router.classifier is {:.12}; run `{}`",
                              risk.place, risk.proved.classifier, version, tune_command(config)))
          .at(risk.place));
}

base::Result<void> check_certified_encoder(const Config& config, std::string_view id, std::string_view whose) {
  if (!config.router.risk || config.router.risk->proved.encoder == id) return {};
  const RiskConfig& risk = *config.router.risk;
  const std::string other = id.empty() ? "none" : std::string(id.substr(0, 12));
  return base::fail(base::Error(base::ErrorCode::kInvalidArgument,
                                fmt::format("{}: is about the classifier with the sentence encoder {:.12}, but {} {}; "
                                            "set router.encoder to the folder of that encoder, or run `{}`",
                                            risk.place, risk.proved.encoder, whose, other, tune_command(config)))
                        .at(risk.place));
}

std::string tune_command(const Config& config) {
  const RiskConfig& risk = *config.router.risk;
  const auto all = stated(risk);
  const RiskKind kind = all.empty() ? RiskKind::kUnderRouting : all.front().kind;
  const double at_most = all.empty() ? 0.02 : all.front().at_most;
  std::string out = fmt::format("pointsman tune DATA.jsonl --model {} --risk {} --confidence {}",
                                config.router.classifier, format_share(at_most), format_share(risk.confidence));
  const bool may_ask = config.router.encoder && config.router.classifier != "builtin";
  if (may_ask) out += " --encoder " + config.router.encoder->path;
  if (kind == RiskKind::kUnderRouting) out += fmt::format(" --order {}", fmt::join(order_of(config), ","));
  if (kind == RiskKind::kAnyMistake) out += " --any-mistake";
  if (kind == RiskKind::kCost) out += " --cost COSTS.json";
  return out + " -o " + risk.certificate;
}

}  // namespace pointsman::config
