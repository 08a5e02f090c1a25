#include <cmath>

#include "learn/json_text.h"
#include "learn/routing_study.h"

namespace pointsman::learn {
namespace {

constexpr int kCurveSteps = 20;

void write(JsonText& json, std::string_view name, const std::optional<Estimate>& one) {
  json.key(name);
  if (!one) {
    json.raw("null");
    return;
  }
  json.open_object().member("value", one->value).member("low", one->low).member("high", one->high).close_object();
}

void write(JsonText& json, const CertifiedRouting& one) {
  json.open_object().member("quality", one.promise.quality).member("confidence", one.promise.confidence);
  json.member("certified", one.certified).member("rows", one.rows).member("kept", one.kept);
  json.member("threshold", one.threshold);  // null: of what cannot be certified, and of what keeps everything
  json.member("keeps_all", one.keeps_all).member("observed_quality", one.quality);
  json.key("certified_quality");
  one.certified ? json.number(one.quality_bound) : json.raw("null");
  write(json, "saved", one.saved);
  json.member("reachable", one.reachable).key("rows_for_half");
  one.for_half ? json.integer(*one.for_half) : json.raw("null");
  json.close_object();
}

void write(JsonText& json, const RouterLine& one) {
  json.open_object().member("router", to_string(one.router));
  write(json, "apgr", one.figures.apgr);
  write(json, "cpt50", one.figures.cpt50);
  write(json, "cpt80", one.figures.cpt80);
  write(json, "apgr_over_learnt", one.figures.apgr_over_first);
  write(json, "most_saved", one.figures.most_saved);
  json.key("certificate");
  write(json, one.certified);
  json.close_object();
}

}  // namespace

std::string RoutingStudy::to_json() const {
  JsonText json;
  json.open_object().member("verdict", to_string(verdict)).member("reason", std::string_view(reason));
  json.member("learnt", learnt).member("tested", tested).member("cost", with_costs ? "given" : "strong calls");
  json.key("weak").open_object().member("quality", curve.weak_quality).member("cost", curve.weak_cost).close_object();
  json.key("strong").open_object().member("quality", curve.strong_quality).member("cost", curve.strong_cost);
  json.close_object();
  write(json, "gap", gap);
  json.key("routers").open_array();
  for (const RouterLine& one : routers) write(json, one);
  json.close_array().key("promises").open_array();
  for (const CertifiedRouting& one : promises) write(json, one);
  json.close_array().key("curve").open_array();
  for (int step = 0; step <= kCurveSteps; ++step) {
    const CurvePoint point = curve.at(static_cast<double>(step) / kCurveSteps);
    json.open_object().member("strong_share", point.share).member("quality", point.quality);
    json.member("cost", point.cost).member("gap_recovered", point.recovered).close_object();
  }
  json.close_array().close_object();
  return json.take();
}

}  // namespace pointsman::learn
