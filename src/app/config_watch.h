// Notices that the configuration which this process serves by has changed: the file on its disk, or the document in the
// database that all replicas read.
//
// Belongs to the main thread; never waits for a file. The database tells when there is a new document; only then it is
// asked which one it is.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "app/file_watch.h"
#include "ledger/change_feed.h"

namespace pointsman::app {

class ConfigWatch {
 public:
  // A path, or the URL of a PostgreSQL database.
  explicit ConfigWatch(const std::string& place);
  // True once for each change since the last call.
  bool changed();

 private:
  std::optional<FileWatch> file_;
  std::string url_;  // empty: a file
  std::unique_ptr<ledger::ChangeFeed> feed_;
  std::int64_t number_ = 0;  // of the document that serves, as far as is known
};

}  // namespace pointsman::app
