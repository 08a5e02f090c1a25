// The support desk by words alone (shared/trade.cc).
#include "shared/trade.h"

namespace pointsman::bench {

base::Result<SectionResult> trade_section(const BenchOptions& options) {
  return measure_trade(options, {});
}

}  // namespace pointsman::bench
