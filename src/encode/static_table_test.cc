#include "encode/static_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "base/rng.h"
#include "encode/table_layout.h"

namespace pointsman::encode {
namespace {

using testing::HasSubstr;

// Four pieces of three dimensions: "reset", "password", "##s", and one without a vector.
TableParts small_parts() {
  return {.options = {.begin = "", .end = ""},
          .pieces = {"[UNK]", "reset", "password", "##s", "email"},
          .dimensions = 3,
          .vectors = {0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0.5F, -1, 0, 0},
          .card = R"({"made":"for a test"})"};
}

std::shared_ptr<const StaticTable> opened(const TableParts& parts) {
  auto table = StaticTable::from_string(write_table(parts));
  EXPECT_TRUE(table) << table.error().message();
  return *table;
}

std::vector<float> vector_of(const StaticTable& table, std::string_view text) {
  const auto scratch = table.make_scratch();
  std::vector<float> out(table.dimensions(), -9);
  table.encode(std::span(&text, 1), *scratch, out);
  return out;
}

TEST(StaticTable, IsTheDirectionOfTheMeanOfItsPieces) {
  const auto table = opened(small_parts());
  const std::vector<float> both = vector_of(*table, "Reset PASSWORD");
  EXPECT_NEAR(both[0], 1 / std::sqrt(5.0), 1e-5);
  EXPECT_NEAR(both[1], 2 / std::sqrt(5.0), 1e-5);
  EXPECT_NEAR(both[2], 0, 1e-6);
  const std::vector<float> inner = vector_of(*table, "passwords");
  EXPECT_NEAR(inner[1], 2 / std::sqrt(4.25), 0.01);
  EXPECT_NEAR(inner[2], 0.5 / std::sqrt(4.25), 0.01);
}

TEST(StaticTable, OfNothingKnownIsZero) {
  const auto table = opened(small_parts());
  for (const std::string_view text : {"", "   ", "zebra", "\xff\xfe", "\xf0\x9f\x98\x80"}) {
    EXPECT_EQ(vector_of(*table, text), (std::vector<float>{0, 0, 0})) << text;
  }
}

TEST(StaticTable, OppositeWordsMayCancelOut) {
  const auto table = opened(small_parts());
  for (const float value : vector_of(*table, "reset email")) EXPECT_NEAR(value, 0, 1e-6);
}

TEST(StaticTable, GivesTheSameForATextAloneAndAmongOthers) {
  const auto table = opened(small_parts());
  const std::vector<std::string_view> texts{"reset", "", "my passwords", "email reset password"};
  const auto scratch = table->make_scratch();
  std::vector<float> out(texts.size() * 3);
  table->encode(texts, *scratch, out);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    EXPECT_EQ(vector_of(*table, texts[i]), std::vector<float>(out.begin() + static_cast<std::ptrdiff_t>(3 * i),
                                                              out.begin() + static_cast<std::ptrdiff_t>(3 * i + 3)));
  }
}

TEST(StaticTable, KeepsEveryValueToHalfAPercentOfItsRowsLargest) {
  base::Rng rng(3);
  TableParts parts{.options = {.begin = "", .end = ""}, .dimensions = 200};
  parts.pieces.emplace_back("[UNK]");
  parts.vectors.resize(200);
  for (int i = 0; i < 40; ++i) {
    parts.pieces.push_back("w" + std::to_string(i));
    for (int d = 0; d < 200; ++d) parts.vectors.push_back(static_cast<float>(rng.uniform() - 0.5));
  }
  const auto table = opened(parts);
  const std::vector<float> got = vector_of(*table, "w7");
  double square = 0;
  for (std::size_t d = 0; d < 200; ++d) square += std::pow(static_cast<double>(parts.vectors[8 * 200 + d]), 2);
  for (std::size_t d = 0; d < 200; ++d) {
    EXPECT_NEAR(got[d], static_cast<double>(parts.vectors[8 * 200 + d]) / std::sqrt(square), 0.005);
  }
}

TEST(StaticTable, ItsIdIsItsContent) {
  TableParts parts = small_parts();
  const std::string id = opened(parts)->id();
  EXPECT_EQ(id.size(), 64U);
  EXPECT_EQ(opened(parts)->id(), id);
  EXPECT_EQ(opened(parts)->card(), parts.card);
  parts.vectors[3] = 0.9F;
  EXPECT_NE(opened(parts)->id(), id);
}

std::string problem_of(std::string bytes) {
  const auto table = StaticTable::from_string(std::move(bytes));
  return table ? "" : table.error().message();
}

TEST(StaticTable, RefusesWhatIsNoTable) {
  EXPECT_THAT(problem_of(""), HasSubstr("truncated"));
  EXPECT_THAT(problem_of(std::string(500, 'x')), HasSubstr("not a table"));
}

TEST(StaticTable, RefusesEveryTruncationAndEveryFlippedBit) {
  const std::string bytes = write_table(small_parts());
  for (std::size_t size = 0; size < bytes.size(); ++size) EXPECT_NE(problem_of(bytes.substr(0, size)), "") << size;
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    std::string broken = bytes;
    broken[at] = static_cast<char>(broken[at] ^ 0x10);
    EXPECT_NE(problem_of(broken), "") << at;
  }
}

TEST(StaticTable, RefusesNumbersThatDoNotFitEvenIfTheHashDoes) {
  const std::string bytes = write_table(small_parts());
  const auto changed = [&](std::size_t at, std::uint32_t value) {
    std::string out = bytes;
    std::memcpy(out.data() + at, &value, sizeof value);
    seal_table(out);
    return problem_of(out);
  };
  EXPECT_THAT(changed(table::kFormatAt, 9), HasSubstr("format version 9"));
  EXPECT_THAT(changed(table::kDimensionsAt, 0), HasSubstr("dimensions"));
  EXPECT_THAT(changed(table::kDimensionsAt, 100'000), HasSubstr("dimensions"));
  EXPECT_THAT(changed(table::kPiecesAt, 4), HasSubstr("wrong size"));
  EXPECT_THAT(changed(table::kStrideAt, 3), HasSubstr("stride"));
  std::uint64_t scales = 0;
  std::memcpy(&scales, bytes.data() + table::kSectionsAt + 16 * table::kScales, sizeof scales);
  EXPECT_THAT(changed(scales + 4, 0x7fc00000), HasSubstr("scale of piece 1"));  // not a number
}

}  // namespace
}  // namespace pointsman::encode
