// links: pm_text
// parses: text/features text/fold text/utf8
// Any bytes are a text: features come out distinct, bounded, the same the second time and the same with names.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "text/feature_names.h"
#include "text/features.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static pointsman::text::FeatureExtractor extractor;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const pointsman::text::Document document{.text = text, .context = text.substr(size / 2), .tools = 1};
  const auto first = extractor.extract(document);
  const std::vector<pointsman::text::Feature> copy(first.begin(), first.end());
  const auto again = extractor.extract(document);
  if (again.size() != copy.size() || again.size() > pointsman::text::kMaxFeatures) std::abort();
  for (std::size_t i = 0; i < copy.size(); ++i) {
    if (copy[i].hash != again[i].hash || copy[i].count != again[i].count) std::abort();
  }
  const auto named = pointsman::text::name_features(document);
  if (named.size() != copy.size()) std::abort();
  for (std::size_t i = 0; i < copy.size(); ++i) {
    if (copy[i].hash != named[i].feature.hash || copy[i].count != named[i].feature.count) std::abort();
  }
  return 0;
}
