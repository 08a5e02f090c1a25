#include "cli/files.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <filesystem>

#include "support/command_line.h"

namespace pointsman::cli {
namespace {

using test::get;
using test::put;
using testing::HasSubstr;

class Files : public testing::Test {
 protected:
  std::size_t count() const {
    const auto files = std::filesystem::directory_iterator(directory_.path());
    return static_cast<std::size_t>(std::distance(begin(files), end(files)));
  }
  test::TemporaryDirectory directory_;
  std::string path_ = directory_.file("file");
};

TEST_F(Files, ReplacingKeepsThePermissionsAndLeavesNothingBeside) {
  put(path_, "old");
  ASSERT_EQ(::chmod(path_.c_str(), 0600), 0);
  ASSERT_TRUE(replace_file(path_, "new"));
  EXPECT_EQ(get(path_), "new");
  EXPECT_EQ(std::filesystem::status(path_).permissions(), std::filesystem::perms(0600));
  EXPECT_EQ(count(), 1U);
}

TEST_F(Files, ReplacingASymbolicLinkReplacesItsTarget) {
  put(path_, "old");
  const std::string link = directory_.file("link");
  std::filesystem::create_symlink("file", link);
  ASSERT_TRUE(replace_file(link, "new"));
  EXPECT_TRUE(std::filesystem::is_symlink(link));
  EXPECT_EQ(get(path_), "new");
}

TEST_F(Files, WhatIsNoRegularFileIsNeverReplaced) {
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  const auto done = replace_file(path_, "new");
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().message(), HasSubstr("is not a regular file"));
  EXPECT_TRUE(std::filesystem::is_fifo(path_));
  EXPECT_FALSE(replace_file(directory_.path(), "new"));
}

TEST_F(Files, AFolderThatDoesNotExistIsAFailureThatNamesIt) {
  const auto done = replace_file(directory_.file("none/file"), "new");
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().message(), HasSubstr("none/file"));
}

TEST_F(Files, CreatingNeverReplaces) {
  ASSERT_TRUE(create_file(path_, "first"));
  EXPECT_FALSE(create_file(path_, "second"));
  EXPECT_EQ(get(path_), "first");
}

}  // namespace
}  // namespace pointsman::cli
