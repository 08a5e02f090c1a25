#include "app/memory_watch.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <string>

namespace pointsman::app {
namespace {

std::optional<std::uint64_t> number_in(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::uint64_t number = 0;
  if (!(in >> number)) return std::nullopt;  // "max" is no number: no limit
  return number;
}

// cgroups(7): the line of /proc/self/cgroup that begins with "0::" is the path in the unified hierarchy. A limit of a
// group above holds for it, too.
std::optional<std::uint64_t> cgroup_limit(const std::filesystem::path& root) {
  std::ifstream groups(root / "proc/self/cgroup");
  std::string line;
  std::optional<std::uint64_t> least;
  while (std::getline(groups, line)) {
    if (!line.starts_with("0::/")) continue;
    for (std::filesystem::path group = line.substr(4);; group = group.parent_path()) {
      const auto limit = number_in(root / "sys/fs/cgroup" / group / "memory.max");
      if (limit) least = std::min(least.value_or(*limit), *limit);
      if (group.empty()) break;
    }
  }
  return least;
}

// proc(5): "MemTotal:  4040404 kB".
std::optional<std::uint64_t> machine_memory(const std::filesystem::path& root) {
  std::ifstream in(root / "proc/meminfo");
  std::string name;
  std::uint64_t kib = 0;
  if (!(in >> name >> kib) || name != "MemTotal:") return std::nullopt;
  return kib << 10;
}

}  // namespace

MemoryWatch::MemoryWatch(std::filesystem::path root) : root_(std::move(root)) {
  const auto group = cgroup_limit(root_);
  const auto machine = machine_memory(root_);
  limit_ = group && machine ? std::min(*group, *machine) : group ? group : machine;
}

// proc(5): /proc/self/statm holds pages; the second number is the resident set.
std::optional<std::uint64_t> MemoryWatch::used() const {
  std::ifstream in(root_ / "proc/self/statm");
  std::uint64_t total = 0;
  std::uint64_t resident = 0;
  if (!(in >> total >> resident)) return std::nullopt;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

bool MemoryWatch::is_short(double share) const {
  if (share >= 1 || !limit_) return false;
  const auto now = used();
  return now && static_cast<double>(*now) > share * static_cast<double>(*limit_);
}

}  // namespace pointsman::app
