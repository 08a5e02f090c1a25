#include "app/encoder_shelf.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "support/encoders.h"
#include "support/temporary_directory.h"

namespace pointsman::app {
namespace {

using pointsman::testing::FakeEncoder;

class EncoderShelfTest : public ::testing::Test {
 protected:
  void write(const std::string& name, const std::string& content) {
    std::ofstream(directory_.file(name), std::ios::binary) << content;
  }
  std::shared_ptr<const encode::Encoder> take(encode::Precision precision = encode::Precision::kF32) {
    auto taken = shelf_.take(directory_.file("."), precision);
    EXPECT_TRUE(taken.has_value());
    return taken ? *taken : nullptr;
  }

  test::TemporaryDirectory directory_;
  int loaded_ = 0;
  EncoderShelf shelf_{
      [this](const std::string&, encode::Precision) -> base::Result<std::shared_ptr<const encode::Encoder>> {
        ++loaded_;
        return std::make_shared<FakeEncoder>('a');
      }};
};

TEST_F(EncoderShelfTest, GivesTheSameEncoderForTheSameFilesAsLongAsItIsInUse) {
  write("model", "weights");
  auto first = take();
  EXPECT_EQ(take(), first);
  EXPECT_EQ(loaded_, 1);
  first.reset();
  EXPECT_NE(take(), nullptr);
  EXPECT_EQ(loaded_, 2) << "the shelf keeps nothing alive";
}

TEST_F(EncoderShelfTest, LoadsAgainWhenAFileOrThePrecisionIsAnother) {
  write("model", "weights");
  const auto first = take();
  EXPECT_NE(take(encode::Precision::kI8), first);
  std::filesystem::create_directory(directory_.file("pooling"));
  write("pooling/config", "mean");
  const auto second = take();
  EXPECT_NE(second, first);
  write("new", "other weights");
  std::filesystem::rename(directory_.file("new"), directory_.file("model"));
  EXPECT_NE(take(), second);
  EXPECT_EQ(loaded_, 4);
}

TEST_F(EncoderShelfTest, TakesWhatIsNotThereFromNobody) {
  write("model", "weights");
  const auto first = take();
  std::filesystem::remove(directory_.file("model"));
  EXPECT_NE(take(), first);
  EXPECT_EQ(identity_of_files(directory_.file("nothing")), "");
  EncoderShelf none{gateway::EncoderLoader()};
  EXPECT_FALSE(none.loader());
}

}  // namespace
}  // namespace pointsman::app
