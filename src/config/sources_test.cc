#include "config/sources.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdio>
#include <fstream>

namespace pointsman::config {
namespace {

std::string temporary(const std::string& name) {
  return testing::TempDir() + "pointsman_sources_" + name;
}

TEST(DiskFiles, ReadsRegularFilesUpToTheLimit) {
  const std::string path = temporary("file");
  std::ofstream(path, std::ios::binary) << "0123456789";
  DiskFiles disk;
  EXPECT_EQ(disk.read(path, 10).value_or(""), "0123456789");
  const auto too_large = disk.read(path, 9);
  ASSERT_FALSE(too_large);
  EXPECT_EQ(too_large.error().code(), base::ErrorCode::kTooLarge);
  EXPECT_TRUE(disk.readable(path));
  std::remove(path.c_str());
  EXPECT_EQ(disk.read(path, 10).error().code(), base::ErrorCode::kNotFound);
  EXPECT_FALSE(disk.readable(path));
}

TEST(DiskFiles, RefusesFoldersAndPipesWithoutWaiting) {
  DiskFiles disk;
  EXPECT_FALSE(disk.read(testing::TempDir(), 10));
  const std::string pipe = temporary("pipe");
  std::remove(pipe.c_str());
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_FALSE(disk.read(pipe, 10));
  EXPECT_FALSE(disk.readable(pipe));
  std::remove(pipe.c_str());
}

TEST(ResolvePath, StartsFromTheFolderOfTheFile) {
  EXPECT_EQ(resolve_path("a/b.yaml", "c"), "a/c");
  EXPECT_EQ(resolve_path("/etc/b.yaml", "x/c"), "/etc/x/c");
  EXPECT_EQ(resolve_path("b.yaml", "c"), "c");
  EXPECT_EQ(resolve_path("a/b.yaml", "/c"), "/c");
}

}  // namespace
}  // namespace pointsman::config
