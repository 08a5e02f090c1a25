// What loading a configuration may look at outside its own text: files and environment variables. Loading is otherwise
// pure, so tests and the fuzzer bring their own. Used only while loading, from one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace pointsman::config {

class FileSource {
 public:
  virtual ~FileSource() = default;
  // The whole file, or kNotFound / kIo / kTooLarge with a message that does not repeat the path.
  virtual base::Result<std::string> read(const std::string& path, std::size_t max_bytes) = 0;
  // Whether it is a regular file that can be opened.
  virtual base::Result<void> readable(const std::string& path) = 0;
};

// The value of an environment variable, if it is set.
using Environment = std::function<std::optional<std::string>(std::string_view name)>;

// Whether what router.llm.pairing names is read. The command that makes it must not fail for want of it.
enum class Pairings : std::uint8_t { kRead, kIgnored };

struct Sources {
  FileSource& files;
  Environment environment;
  Pairings pairings = Pairings::kRead;
};

// `path` as seen from the folder of `file`; absolute paths stay as they are.
std::string resolve_path(std::string_view file, std::string_view path);

// The disk and the environment of this process.
class DiskFiles final : public FileSource {
 public:
  base::Result<std::string> read(const std::string& path, std::size_t max_bytes) override;
  base::Result<void> readable(const std::string& path) override;
};
Environment process_environment();

}  // namespace pointsman::config
