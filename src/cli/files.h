// Reading and writing whole files for commands, with messages that name the file.
// Blocking; from any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace pointsman::cli {

// kNotFound, kIo or kTooLarge: "data.jsonl: No such file or directory".
base::Result<std::string> read_file(const std::string& path, std::size_t max_bytes);

// Whoever reads `path` sees the old content or the new, never part of it, also after a power cut: a temporary file
// beside it is written, synced and renamed over it. The file keeps its permissions; of a symbolic link the target is
// replaced; what is not a regular file is left alone (kInvalidArgument).
base::Result<void> replace_file(const std::string& path, std::string_view content);

// Fails with kInvalidArgument if there is a file already.
base::Result<void> create_file(const std::string& path, std::string_view content);

}  // namespace pointsman::cli
