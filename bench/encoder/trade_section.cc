// The support desk's close intents with a table and an encoder beside the words. The table learns from the desk's own
// training texts, without their labels.
#include "encoder/setup.h"
#include "shared/trade.h"

namespace pointsman::bench {

using base::Result;

Result<SectionResult> encoder_trade_section(const BenchOptions& options) {
  const auto loaded = load_encoder(encode::Precision::kAuto);
  if (!loaded) return skipped("trade", loaded.error().message());
  PM_TRY(const learn::Dataset texts, trade_examples());
  TradeViews views{.name = " with table", .accuracy_goal = 95, .refused_goal = 90};
  PM_TRY(views.table, table_of(*loaded, &texts, options.threads));
  PM_TRY(SectionResult table, measure_trade(options, views));
  views.name = " with table and encoder";
  views.encoder = loaded->encoder;
  PM_TRY(SectionResult both, measure_trade(options, views));
  SectionResult out{.name = "trade", .targets = std::move(table.targets), .details_json = std::move(both.details_json)};
  for (Target& one : out.targets) one.for_information = true;  // the goals are the encoder's
  out.targets.insert(out.targets.end(), both.targets.begin(), both.targets.end());
  return out;
}

}  // namespace pointsman::bench
