// Notices that the configuration which this process serves by has changed: the file on its disk, or the document in the
// database that all replicas read.
//
// Belongs to the main thread; never waits for a file. The database tells when there is a new document, and is asked
// then which one it is; every kLookAnyway it is asked without, as a pooler before it may swallow what it tells.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "app/file_watch.h"
#include "base/clock.h"
#include "base/result.h"
#include "ledger/change_feed.h"

namespace pointsman::app {

class ConfigWatch {
 public:
  static constexpr std::chrono::seconds kLookAnyway{10};
  static constexpr std::chrono::seconds kAgain{1};  // after a look that failed

  // A path, or the URL of a PostgreSQL database, of whose documents that `number` serves. The clock outlives it.
  ConfigWatch(const std::string& place, std::int64_t number, const base::Clock& clock);
  // The number of the newest document.
  using Look = std::function<base::Result<std::int64_t>()>;
  ConfigWatch(std::unique_ptr<ledger::ChangeFeed> feed, Look look, std::int64_t number, const base::Clock& clock);

  // True once for each change since the last call. A look that fails is made again.
  bool changed();

 private:
  const base::Clock& clock_;
  std::optional<FileWatch> file_;
  std::unique_ptr<ledger::ChangeFeed> feed_;  // null: a file
  Look look_;
  std::int64_t number_;  // of the document that serves
  bool told_ = false;
  base::MonoTime not_before_{};  // after a look that failed
  base::MonoTime anyway_;        // the next look, if nothing is told
};

}  // namespace pointsman::app
