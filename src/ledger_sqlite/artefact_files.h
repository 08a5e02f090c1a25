// The artefacts of classifiers as files named by their version, beside the database that lists them.
//
// A file is complete from the moment it has its name (temporary file, fsync, rename, fsync of the directory) and is
// never changed. Which of them count is the database's matter: a file without a row is harmless. One thread.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace pointsman::ledger_sqlite {

class ArtefactFiles {
 public:
  // `directory` is the ledger's; the files lie in its folder `classifiers`, made (0700) with the first of them.
  explicit ArtefactFiles(const std::string& directory) : folder_(directory + "/classifiers") {}

  std::string path(std::string_view version) const;
  bool has(std::string_view version) const;
  base::Result<void> put(std::string_view version, std::string_view bytes) const;
  // kCorrupt naming the file if it is absent or has more than `bytes` bytes, or fewer.
  base::Result<std::string> get(std::string_view version, std::uint64_t bytes) const;
  // Removes what `listed` does not know and nobody has touched for `age`: leavings of processes that died.
  void sweep(std::chrono::seconds age, const std::function<bool(std::string_view version)>& listed) const;

 private:
  std::string folder_;
};

}  // namespace pointsman::ledger_sqlite
