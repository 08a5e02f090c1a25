// From what people said of decisions to the memory that makes it count at once (classify/correction_memory.h).
//
// Labels that judge classifiers have no say, nor have others of the same text (harvest.h): what is judged must not be
// answered by rote. Belongs to one thread.
#pragma once

#include <map>
#include <memory>

#include "base/clock.h"
#include "base/result.h"
#include "classify/correction_memory.h"
#include "ledger/feedback_store.h"

namespace pointsman::cli {

using MemoryPtr = std::shared_ptr<const classify::CorrectionMemory>;

class CorrectionReader {
 public:
  explicit CorrectionReader(classify::MemoryOptions options = {}) : options_(options) {}

  // Everything anew; texts that it knew already are not read again. Never null.
  base::Result<MemoryPtr> read(ledger::FeedbackStore& store, base::WallTime now);

  // The last label there was; zero: none.
  const base::Uuid& newest() const { return newest_; }
  // When a label of the random slice will have judged for long enough: read() will say something else then, although
  // nobody said anything.
  base::WallTime next_change() const { return next_change_; }

 private:
  struct Label {
    base::Uuid said;
    base::Uuid decision;
    std::string who;
    std::string category;  // empty: none of them
    std::uint64_t text_hash = 0;
  };
  base::Result<std::vector<Label>> labels(ledger::FeedbackStore& store, base::WallTime now);
  std::vector<Label> newest_of(std::vector<Label> all) const;
  base::Result<void> trace(ledger::FeedbackStore& store, const std::vector<Label>& labels);

  classify::MemoryOptions options_;
  std::map<base::Uuid, classify::TextTrace> traces_;  // by decision
  text::FeatureExtractor extractor_;
  base::Uuid newest_;
  base::WallTime next_change_ = base::WallTime::max();
};

}  // namespace pointsman::cli
