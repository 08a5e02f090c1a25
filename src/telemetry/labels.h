// Labels of a series, and their one written form: `{route="auto",code="200"}`, which is also the key series merge by.
//
// Pure. Values come from outside and can neither break the text nor fill the memory: they are escaped, made valid
// UTF-8 ('?' for what is not) and cut at kMaxLabelBytes.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "telemetry/metric_table.h"

namespace pointsman::telemetry {

struct Label {
  std::string_view name;
  std::string_view value;
};
using Labels = std::initializer_list<Label>;

inline constexpr std::size_t kMaxLabelBytes = 128;

// In the table's order, whatever the order given; labels that are missing are empty, those not in the table are left
// out (and assert in debug builds). Empty for a metric without labels.
std::string label_text(const MetricSpec& metric, Labels labels);
// The same with every value `other`.
std::string other_label_text(const MetricSpec& metric);

}  // namespace pointsman::telemetry
