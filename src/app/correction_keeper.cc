#include "app/correction_keeper.h"

#include "base/log.h"

namespace pointsman::app {

using base::Result;

namespace {

constexpr std::chrono::seconds kLookEvery{1};
// Whatever the file's times say: they are coarse.
constexpr std::chrono::seconds kCountEvery{30};

}  // namespace

Result<bool> CorrectionKeeper::open() {
  if (store_) return true;
  auto opened = backend_->feedback(ledger::Access::kReading);
  if (opened) {
    store_ = std::move(*opened);
    reader_ = std::make_unique<cli::CorrectionReader>();
    read_ = false;
    return true;
  }
  if (opened.error().code() == base::ErrorCode::kNotFound) return false;
  return base::fail(std::move(opened).error());
}

Result<bool> CorrectionKeeper::stale(base::MonoTime now, base::WallTime wall) {
  if (!read_) return true;
  const bool written = changes_.corrections();
  if (wall >= reader_->next_change()) return true;
  if (!written && now - counted_ < kCountEvery) return false;
  counted_ = now;
  // One taken back and one more leave their number as it was.
  PM_TRY(const std::uint64_t fresh, store_->labels_since(reader_->newest()));
  PM_TRY(const std::uint64_t all, store_->labels_since({}));
  return fresh > 0 || all != labels_;
}

Result<std::optional<cli::MemoryPtr>> CorrectionKeeper::look(bool wanted, base::MonoTime now, base::WallTime wall) {
  if (!wanted) {
    store_.reset();
    reader_.reset();
    if (!memory_) return std::nullopt;
    memory_ = nullptr;
    return std::optional(memory_);
  }
  if (looked_ != base::MonoTime{} && now - looked_ < kLookEvery) return std::nullopt;
  looked_ = now;
  PM_TRY(const bool there, open());
  if (!there) return std::nullopt;
  PM_TRY(const bool again, stale(now, wall));
  if (!again) return std::nullopt;
  // Counted first: what comes meanwhile makes it stale.
  PM_TRY(labels_, store_->labels_since({}));
  PM_TRY(cli::MemoryPtr memory, reader_->read(*store_, wall));
  read_ = true;
  if (memory_ ? memory->version() == memory_->version() : memory->size() == 0) return std::nullopt;
  memory_ = std::move(memory);
  base::log_info("corrections: {} texts are remembered, {} of them disputed, {} more than may be", memory_->size(),
                 memory_->disputed(), memory_->left_out());
  return std::optional(memory_);
}

}  // namespace pointsman::app
