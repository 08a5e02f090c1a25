#include "classify/certificate.h"

#include <fmt/format.h>

#include "json/writer.h"

namespace pointsman::classify {
namespace {

std::string quoted(std::string_view text) {
  std::string out;
  json::Writer(out).value(text);
  return out;
}

std::string thresholds_json(const Certificate& certificate) {
  std::string out = "[";
  for (const CertifiedCategory& one : certificate.categories) {
    const std::string threshold = one.threshold > 1 ? "null" : fmt::format("{}", one.threshold);
    out += fmt::format("{}\n    {{\"name\": {}, \"threshold\": {}}}", out.size() > 1 ? "," : "", quoted(one.name),
                       threshold);
  }
  return out + "\n  ]";
}

std::string costs_json(const Certificate& certificate) {
  const std::size_t width = certificate.categories.size();
  std::string out = "[";
  for (std::size_t i = 0; i < certificate.costs.size(); ++i) {
    out += i % width == 0 ? (i == 0 ? "\n    [" : ",\n    [") : ", ";
    out += fmt::format("{}", certificate.costs[i]);
    if (i % width == width - 1) out += "]";
  }
  return out + "\n  ]";
}

std::string traffic_json(const TrafficProfile& traffic) {
  std::string out = fmt::format("{{\"rows\": {}, \"doubt\": [", traffic.rows);
  for (const DoubtLevel& one : traffic.levels) {
    out += fmt::format("{}\n    {{\"below\": {}, \"at_most\": {}}}", out.ends_with('[') ? "" : ",", one.below,
                       one.at_most);
  }
  return out + "\n  ]}";
}

std::string share(double value) {
  return fmt::format("{:.6g} %", value * 100);
}

}  // namespace

std::string_view to_string(RiskKind kind) {
  switch (kind) {
    case RiskKind::kUnderRouting:
      return "under_routing";
    case RiskKind::kAnyMistake:
      return "any_mistake";
    case RiskKind::kCost:
      return "cost";
  }
  return "";
}

std::string Certificate::promise() const {
  const std::string_view what = kind == RiskKind::kUnderRouting ? "under-routed"
                                : kind == RiskKind::kAnyMistake ? "kept in the wrong category"
                                                                : "lost";
  return fmt::format("at most {} {}, with {} confidence", share(at_most), what, share(confidence));
}

std::string write_certificate(const Certificate& one) {
  std::string out = fmt::format("{{\n  \"format\": \"pointsman-certificate-{}\",\n", one.encoder.empty() ? 1 : 2);
  out += fmt::format("  \"classifier\": {},\n", quoted(one.classifier));
  if (!one.encoder.empty()) out += fmt::format("  \"encoder\": {},\n", quoted(one.encoder));
  out += fmt::format("  \"risk\": {{\"kind\": \"{}\", \"at_most\": {}, \"confidence\": {}}},\n", to_string(one.kind),
                     one.at_most, one.confidence);
  out += fmt::format("  \"certified\": {},\n", one.certified);
  out += fmt::format("  \"categories\": {},\n", thresholds_json(one));
  if (one.kind == RiskKind::kCost) out += fmt::format("  \"costs\": {},\n", costs_json(one));
  const RiskEvidence& evidence = one.evidence;
  out += fmt::format(
      "  \"evidence\": {{\"rows\": {}, \"kept\": {}, \"lost\": {}, \"bound\": {}, \"method\": {}, \"data\": {}}}",
      evidence.rows, evidence.kept, evidence.lost, evidence.bound, quoted(evidence.method), quoted(evidence.data));
  if (!one.traffic.levels.empty()) out += fmt::format(",\n  \"traffic\": {}", traffic_json(one.traffic));
  if (!one.certified) out += fmt::format(",\n  \"next\": {}", quoted(one.next));
  return out + "\n}\n";
}

}  // namespace pointsman::classify
