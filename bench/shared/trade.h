// A support desk's close intents, learnt and judged: what `classify` and `encoder` measure with different views.
// Reads files of examples/support-desk and keeps nothing; from any thread.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "encode/encoder.h"
#include "encode/static_table.h"
#include "learn/dataset.h"
#include "shared/section.h"

namespace pointsman::bench {

// What there is beside the words, and what is aimed at with it.
struct TradeViews {
  std::string name;  // ", with ..." in the names of targets
  std::shared_ptr<const encode::StaticTable> table;
  std::shared_ptr<const encode::Encoder> encoder;
  double accuracy_goal = 90;
  double refused_goal = 70;
};

base::Result<learn::Dataset> trade_examples();
base::Result<SectionResult> measure_trade(const BenchOptions& options, const TradeViews& views);

}  // namespace pointsman::bench
