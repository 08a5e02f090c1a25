#include "app/config_watch.h"

#include "base/log.h"
#include "ledger_drivers/shared_config.h"

namespace pointsman::app {

ConfigWatch::ConfigWatch(const std::string& place) {
  if (!ledger_drivers::is_database(place)) {
    file_.emplace(place);
    return;
  }
  url_ = place;
  if (const auto newest = ledger_drivers::newest_config(url_)) number_ = newest->number;
  feed_ = ledger_drivers::listen_for_config(url_);
}

bool ConfigWatch::changed() {
  if (file_) return file_->changed();
  if (!feed_->take(ledger::Change::kConfig)) return false;
  const auto newest = ledger_drivers::newest_config(url_);
  if (!newest) {
    base::log_error("configuration: {}", newest.error().message());
    return false;
  }
  const bool other = newest->number != number_;
  number_ = newest->number;
  return other;
}

}  // namespace pointsman::app
