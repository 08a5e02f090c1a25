#include "telemetry/process_facts.h"

#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>

namespace pointsman::telemetry {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

double cpu_seconds() {
  timespec used{};
  if (::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used) != 0) return kUnknown;
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) * 1e-9;
}

double max_descriptors() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return kUnknown;
  return static_cast<double>(limit.rlim_cur);
}

double open_descriptors() {
  std::error_code failed;
  std::filesystem::directory_iterator entry("/proc/self/fd", failed);
  if (failed) return kUnknown;
  double count = -1;  // the one this listing opened
  for (; entry != std::filesystem::directory_iterator(); entry.increment(failed)) {
    if (failed) return kUnknown;
    ++count;
  }
  return count;
}

// proc(5): /proc/self/statm holds pages; the second number is the resident set.
double resident_bytes() {
  std::ifstream file("/proc/self/statm");
  double total = 0;
  double resident = 0;
  if (!(file >> total >> resident)) return kUnknown;
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

// proc(5): field 22 of /proc/self/stat is the start in clock ticks since boot, `btime` of /proc/stat the boot in Unix
// time. The second field, the name in parentheses, may hold anything.
double start_time() {
  std::ifstream stat("/proc/self/stat");
  std::string line;
  if (!std::getline(stat, line) || line.rfind(')') == std::string::npos) return kUnknown;
  std::istringstream fields(line.substr(line.rfind(')') + 1));
  std::string skipped;
  for (int field = 3; field < 22; ++field) fields >> skipped;
  double ticks = 0;
  if (!(fields >> ticks)) return kUnknown;
  std::ifstream system("/proc/stat");
  for (std::string key; system >> key;) {
    double boot = 0;
    if (key == "btime" && system >> boot) return boot + ticks / static_cast<double>(::sysconf(_SC_CLK_TCK));
    std::getline(system, line);
  }
  return kUnknown;
}

}  // namespace

void add_process_facts(Registry& registry) {
  registry.callback("process_cpu_seconds_total", {}, cpu_seconds);
  registry.callback("process_max_fds", {}, max_descriptors);
  registry.callback("process_open_fds", {}, open_descriptors);
  registry.callback("process_resident_memory_bytes", {}, resident_bytes);
  registry.callback("process_start_time_seconds", {}, [at = start_time()] { return at; });
}

}  // namespace pointsman::telemetry
