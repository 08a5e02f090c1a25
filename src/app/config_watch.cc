#include "app/config_watch.h"

#include <utility>

#include "base/log.h"
#include "ledger_drivers/shared_config.h"

namespace pointsman::app {

ConfigWatch::ConfigWatch(const std::string& place, std::int64_t number, const base::Clock& clock)
    : clock_(clock), number_(number), anyway_(clock.mono() + kLookAnyway) {
  if (!ledger_drivers::is_database(place)) {
    file_.emplace(place);
    return;
  }
  look_ = [place]() -> base::Result<std::int64_t> {
    PM_TRY(const ledger::ConfigDocument newest, ledger_drivers::newest_config(place));
    return newest.number;
  };
  feed_ = ledger_drivers::listen_for_config(place);
}

ConfigWatch::ConfigWatch(std::unique_ptr<ledger::ChangeFeed> feed, Look look, std::int64_t number,
                         const base::Clock& clock)
    : clock_(clock),
      feed_(std::move(feed)),
      look_(std::move(look)),
      number_(number),
      anyway_(clock.mono() + kLookAnyway) {}

bool ConfigWatch::changed() {
  if (file_) return file_->changed();
  if (feed_->take(ledger::Change::kConfig)) told_ = true;
  const base::MonoTime now = clock_.mono();
  if (!feed_->connected() || now < not_before_ || (!told_ && now < anyway_)) return false;
  const auto newest = look_();
  if (!newest) {
    base::log_error("configuration: {}", newest.error().message());
    told_ = true;
    not_before_ = now + kAgain;
    return false;
  }
  told_ = false;
  anyway_ = now + kLookAnyway;
  return std::exchange(number_, *newest) != *newest;
}

}  // namespace pointsman::app
