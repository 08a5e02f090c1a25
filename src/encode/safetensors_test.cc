#include "encode/safetensors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "support/safetensors_file.h"

namespace pointsman::encode {
namespace {

using base::ErrorCode;
using test::as_bytes;
using test::safetensors_bytes;
using test::SafetensorsFile;
using testing::ElementsAre;
using testing::HasSubstr;

std::string sample() {
  SafetensorsFile file;
  file.add("b", {2, 3}, {1, 2, 3, 4, 5, 6});
  file.add("a.weight", {2}, {-1, 0.5F});
  file.add_bytes("half", "F16", {2}, std::string_view("\x00\x3c\x00\xc0", 4));  // 1, -2
  file.add_bytes("brain", "BF16", {1}, std::string_view("\xc0\x3f", 2));        // 1.5
  file.add_bytes("small", "I8", {3}, "\x01\xff\x80");
  file.add_bytes("double", "F64", {1}, std::string_view("\0\0\0\0\0\0\xf8\x3f", 8));  // 1.5
  file.add_bytes("ids", "I64", {1, 2}, std::string_view("\x07\0\0\0\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff", 16));
  file.add("nothing", {0, 4}, {});
  file.add("scalar", {}, {7});
  return file.bytes();
}

base::Error error_of(std::string_view bytes) {
  const auto opened = Safetensors::open(as_bytes(bytes));
  EXPECT_FALSE(opened.has_value());
  return opened ? base::Error(ErrorCode::kInternal, "opened") : opened.error();
}

std::vector<float> floats_of(const Safetensors& file, std::string_view name) {
  const auto floats = file.floats(name);
  EXPECT_TRUE(floats.has_value()) << name;
  return floats.value_or(std::vector<float>());
}

TEST(Safetensors, GivesEachTensorWithItsShapeAndElements) {
  const std::string bytes = sample();
  const auto file = Safetensors::open(as_bytes(bytes));
  ASSERT_TRUE(file.has_value()) << file.error().message();
  EXPECT_EQ(file->size(), 9U);
  const auto b = file->tensor("b");
  ASSERT_TRUE(b.has_value());
  EXPECT_EQ(b->name, "b");
  EXPECT_EQ(b->rank, 2U);
  EXPECT_EQ(b->shape[0], 2U);
  EXPECT_EQ(b->shape[1], 3U);
  EXPECT_EQ(b->at(5), 6);
  EXPECT_GE(b->name.data(), bytes.data());
  EXPECT_LT(b->name.data(), bytes.data() + bytes.size());
  EXPECT_THAT(floats_of(*file, "half"), ElementsAre(1, -2));
  EXPECT_THAT(floats_of(*file, "brain"), ElementsAre(1.5F));
  EXPECT_THAT(floats_of(*file, "small"), ElementsAre(1, -1, -128));
  EXPECT_THAT(floats_of(*file, "ids"), ElementsAre(7, -1));
  EXPECT_THAT(floats_of(*file, "double"), ElementsAre(1.5F));
  EXPECT_THAT(floats_of(*file, "nothing"), ElementsAre());
  EXPECT_THAT(floats_of(*file, "scalar"), ElementsAre(7));
}

TEST(Safetensors, RefusesATensorItCannotReadOnlyWhenItIsAskedFor) {
  SafetensorsFile out;
  out.add_bytes("position_ids", "I32", {1}, std::string_view("\0\0\0\0", 4));
  out.add_bytes("odd", "F4_X", {3}, "??");
  out.add("deep", {1, 1, 1, 1, 1}, {1});
  out.add("good", {1}, {1});
  const std::string bytes = out.bytes();
  const auto file = Safetensors::open(as_bytes(bytes));
  ASSERT_TRUE(file.has_value()) << file.error().message();
  EXPECT_TRUE(file->tensor("good").has_value());
  EXPECT_EQ(file->tensor("position_ids").error().code(), ErrorCode::kUnsupported);
  EXPECT_EQ(file->tensor("position_ids").error().place(), "/position_ids/dtype");
  EXPECT_THAT(file->tensor("odd").error().message(), HasSubstr("F4_X"));
  EXPECT_EQ(file->tensor("deep").error().place(), "/deep/shape");
  EXPECT_EQ(file->tensor("absent").error().code(), ErrorCode::kNotFound);
}

TEST(Safetensors, ReadsMetadataPaddingAndAnEmptyFile) {
  const std::string with = safetensors_bytes(R"({"__metadata__":{"format":"pt"}}   )", "");
  EXPECT_TRUE(Safetensors::open(as_bytes(with)).has_value());
  const std::string empty = safetensors_bytes("{}", "");
  EXPECT_TRUE(Safetensors::open(as_bytes(empty)).has_value());
}

TEST(Safetensors, NamesThePlaceOfWhatIsWrong) {
  struct Case {
    std::string header;
    std::size_t data;
    ErrorCode code;
    std::string place;
    std::string what;
  };
  const std::string good = R"("dtype":"F32","shape":[2])";
  const Case cases[] = {
      {R"({"a":{)" + good + R"(,"data_offsets":[0,12]}})", 12, ErrorCode::kCorrupt, "/a/data_offsets", "8 bytes"},
      {R"({"a":{)" + good + R"(,"data_offsets":[0,8]}})", 7, ErrorCode::kCorrupt, "/a/data_offsets", "7"},
      {R"({"a":{)" + good + R"(,"data_offsets":[0,8]}})", 9, ErrorCode::kCorrupt, "", "9"},
      {R"({"a":{)" + good + R"(,"data_offsets":[8,0]}})", 8, ErrorCode::kCorrupt, "/a/data_offsets", "before"},
      {R"({"a":{)" + good + R"(,"data_offsets":[4,12]}})", 12, ErrorCode::kCorrupt, "/a/data_offsets", "gap"},
      {R"({"a":{)" + good + R"(,"data_offsets":[-1,7]}})", 8, ErrorCode::kInvalidArgument, "/a/data_offsets/0", "0"},
      {R"({"a":{)" + good + R"(,"data_offsets":[0]}})", 8, ErrorCode::kInvalidArgument, "/a/data_offsets", "two"},
      {R"({"a":{)" + good + R"(,"data_offsets":[0,8,8]}})", 8, ErrorCode::kInvalidArgument, "/a/data_offsets/2", "two"},
      {R"({"a":{)" + good + R"(,"data_offsets":[0,8]},"b/~":{)" + good + R"(,"data_offsets":[4,12]}})", 12,
       ErrorCode::kCorrupt, "/b~1~0/data_offsets", "overlaps"},
      {R"({"a":{)" + good + R"(,"data_offsets":[0,8]},"a":{)" + good + R"(,"data_offsets":[8,16]}})", 16,
       ErrorCode::kCorrupt, "/a", "twice"},
      {R"({"a":{"dtype":"F32","shape":[4294967296,4294967296,4294967296],"data_offsets":[0,0]}})", 0,
       ErrorCode::kCorrupt, "/a/shape", "too many"},
      {R"({"a":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[0,4]}})", 4, ErrorCode::kInvalidArgument,
       "/a/shape/8", "dimensions"},
      {R"({"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}})", 4, ErrorCode::kInvalidArgument, "/a/shape/0", ""},
      {R"({"a":{"dtype":32,"shape":[1],"data_offsets":[0,4]}})", 4, ErrorCode::kInvalidArgument, "/a/dtype", "string"},
      {R"({"a":{"shape":[1],"data_offsets":[0,4]}})", 4, ErrorCode::kInvalidArgument, "/a", "dtype"},
      {R"({"a":{)" + good + R"(,"dtype":"I8","data_offsets":[0,8]}})", 8, ErrorCode::kInvalidArgument, "/a/dtype",
       "twice"},
      {R"({"a":{)" + good + R"(,"offset":1,"data_offsets":[0,8]}})", 8, ErrorCode::kInvalidArgument, "/a/offset", ""},
      {R"({"a":[]})", 0, ErrorCode::kInvalidArgument, "/a", "object"},
      {R"({"\u0061":{)" + good + R"(,"data_offsets":[0,8]}})", 8, ErrorCode::kInvalidArgument, "/a", "escapes"},
      {R"([])", 0, ErrorCode::kInvalidArgument, "", "object"},
      {R"({"a":{"dtype":"F32")", 0, ErrorCode::kParse, "1:20", ""},
      {R"({} x)", 0, ErrorCode::kParse, "1:4", ""},
  };
  for (const Case& c : cases) {
    const base::Error error = error_of(safetensors_bytes(c.header, std::string(c.data, 'x')));
    EXPECT_EQ(error.code(), c.code) << c.header << ": " << error.message();
    EXPECT_EQ(error.place(), c.place) << c.header << ": " << error.message();
    EXPECT_THAT(error.message(), HasSubstr(c.what)) << c.header;
  }
}

TEST(Safetensors, RefusesAHeaderLengthThatIsNone) {
  EXPECT_EQ(error_of("").code(), ErrorCode::kParse);
  EXPECT_EQ(error_of("1234567").code(), ErrorCode::kParse);
  EXPECT_EQ(error_of(std::string_view("\x05\0\0\0\0\0\0\0{}", 10)).code(), ErrorCode::kCorrupt);
  EXPECT_EQ(error_of("\xff\xff\xff\xff\xff\xff\xff\xff{}").code(), ErrorCode::kTooLarge);
  EXPECT_EQ(error_of("<html><body>not found</body></html>").code(), ErrorCode::kTooLarge);
}

TEST(Safetensors, RefusesEveryTruncation) {
  const std::string bytes = sample();
  for (std::size_t n = 0; n < bytes.size(); ++n) {
    const std::string cut = bytes.substr(0, n);
    EXPECT_FALSE(Safetensors::open(as_bytes(cut)).has_value()) << n;
  }
}

TEST(Safetensors, SurvivesEveryFlippedBit) {
  const std::string bytes = sample();
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    std::string flipped = bytes;
    flipped[bit / 8] = static_cast<char>(static_cast<unsigned char>(flipped[bit / 8]) ^ (1U << (bit % 8)));
    const auto file = Safetensors::open(as_bytes(flipped));
    if (!file) continue;
    for (const std::string_view name : {"b", "a.weight", "half", "ids", "scalar"}) {
      const auto tensor = file->tensor(name);
      if (!tensor) continue;
      ASSERT_EQ(tensor->bytes.size(), tensor->elements() * size_of(tensor->dtype));
      ASSERT_GE(tensor->bytes.data(), as_bytes(flipped).data());
      ASSERT_LE(tensor->bytes.data() + tensor->bytes.size(), as_bytes(flipped).data() + flipped.size());
    }
  }
}

TEST(Safetensors, OpensManyTensorsInAnyOrder) {
  SafetensorsFile out;
  std::vector<int> order(500);
  for (int i = 0; i < 500; ++i) order[static_cast<std::size_t>(i)] = i;
  std::ranges::shuffle(order, std::mt19937(7));
  for (const int i : order) out.add("t" + std::to_string(i), {1}, {static_cast<float>(i)});
  const std::string bytes = out.bytes();
  const auto file = Safetensors::open(as_bytes(bytes));
  ASSERT_TRUE(file.has_value());
  for (int i = 0; i < 500; ++i) EXPECT_THAT(floats_of(*file, "t" + std::to_string(i)), ElementsAre(i));
}

}  // namespace
}  // namespace pointsman::encode
