// Directories that outlast a power cut: a new name is only as durable as the directory that holds it.
//
// Blocking; never on an event loop. Usable from any thread.
#pragma once

#include <string>

#include "base/result.h"

namespace pointsman::journal {

// Makes the directory if it is absent (0700) and syncs the one that holds it.
base::Result<void> make_directory(const std::string& directory);
// A rename, or a new file, is only as durable as the directory that holds it.
base::Result<void> sync_directory(const std::string& directory);

}  // namespace pointsman::journal
