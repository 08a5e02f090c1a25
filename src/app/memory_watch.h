// How close the process is to the memory it may use: its resident set beside the limit of its cgroup (cgroup v2,
// memory.max of its own group or one above, whichever is least), else the machine's memory.
//
// Reads /proc and /sys; the composition root asks now and then, one thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

namespace pointsman::app {

class MemoryWatch {
 public:
  // `root` is where /proc and /sys are.
  explicit MemoryWatch(std::filesystem::path root = "/");

  // Bytes that it may use; nothing where nothing says so.
  std::optional<std::uint64_t> limit() const { return limit_; }
  // Bytes that it has in memory now.
  std::optional<std::uint64_t> used() const;
  // Whether that is more than this share of the limit. A share of 1 or more: never.
  bool is_short(double share) const;

 private:
  std::filesystem::path root_;
  std::optional<std::uint64_t> limit_;
};

}  // namespace pointsman::app
