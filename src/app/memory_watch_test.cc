#include "app/memory_watch.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "support/temporary_directory.h"

namespace pointsman::app {
namespace {

class MemoryWatchTest : public ::testing::Test {
 protected:
  void put(const std::string& file, const std::string& text) {
    const std::filesystem::path path = std::filesystem::path(directory_.path()) / file;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
  }
  MemoryWatch watch() { return MemoryWatch(directory_.path()); }

  test::TemporaryDirectory directory_;
};

TEST_F(MemoryWatchTest, TheLeastLimitOfTheGroupsAboveHolds) {
  put("proc/meminfo", "MemTotal:       4040404 kB\nMemFree: 1 kB\n");
  EXPECT_EQ(watch().limit(), 4040404ULL << 10);
  put("proc/self/cgroup", "0::/system.slice/pointsman.service\n");
  put("sys/fs/cgroup/system.slice/pointsman.service/memory.max", "max\n");
  EXPECT_EQ(watch().limit(), 4040404ULL << 10);
  put("sys/fs/cgroup/system.slice/memory.max", "1000000\n");
  EXPECT_EQ(watch().limit(), 1000000ULL);
  put("sys/fs/cgroup/system.slice/pointsman.service/memory.max", "500000\n");
  EXPECT_EQ(watch().limit(), 500000ULL);
}

TEST_F(MemoryWatchTest, SaysWhenItIsShort) {
  const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  put("proc/meminfo", "MemTotal: " + std::to_string(page * 1000 / 1024) + " kB\n");
  put("proc/self/statm", "5000 900 10 10 0 10 0\n");
  const MemoryWatch memory = watch();
  EXPECT_EQ(memory.used(), 900 * page);
  EXPECT_TRUE(memory.is_short(0.89));
  EXPECT_FALSE(memory.is_short(0.91));
  put("proc/self/statm", "5000 2000 10 10 0 10 0\n");
  EXPECT_FALSE(memory.is_short(1)) << "never, if so told";
}

TEST_F(MemoryWatchTest, IsNeverShortOfWhatNobodyKnows) {
  put("proc/self/statm", "5000 900 10 10 0 10 0\n");
  EXPECT_EQ(watch().limit(), std::nullopt);
  EXPECT_FALSE(watch().is_short(0.01));
}

}  // namespace
}  // namespace pointsman::app
