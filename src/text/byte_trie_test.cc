#include "text/byte_trie.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>
#include <vector>

namespace pointsman::text {
namespace {

// A trie and the nodes it looks at.
class Trie {
 public:
  // std::string compares like unsigned bytes.
  explicit Trie(const std::map<std::string, std::uint32_t>& values) {
    std::vector<ByteTrie::Entry> entries;
    for (const auto& [bytes, value] : values) entries.push_back({bytes, value});
    nodes_ = ByteTrie::lay_out(entries);
    EXPECT_FALSE(nodes_.empty());
  }
  std::uint32_t find(std::string_view bytes) const { return ByteTrie(nodes_).find(bytes); }
  ByteTrie::Match longest(const char* begin, const char* end) const { return ByteTrie(nodes_).longest(begin, end); }

 private:
  std::vector<std::uint64_t> nodes_;
};

Trie trie_of(const std::map<std::string, std::uint32_t>& values) {
  return Trie(values);
}

ByteTrie::Match longest(const Trie& trie, std::string_view text) {
  return trie.longest(text.data(), text.data() + text.size());
}

TEST(ByteTrie, FindsTheLongestEntryATextBeginsWith) {
  const Trie trie = trie_of({{"a", 1}, {"abc", 2}, {"abcdef", 3}, {"b", 4}});
  EXPECT_EQ(longest(trie, "abcdex").value, 2U);
  EXPECT_EQ(longest(trie, "abcdex").length, 3U);
  EXPECT_EQ(longest(trie, "abcdef").value, 3U);
  EXPECT_EQ(longest(trie, "ab").value, 1U);
  EXPECT_EQ(longest(trie, "c").value, ByteTrie::kNone);
  EXPECT_EQ(longest(trie, "").value, ByteTrie::kNone);
  EXPECT_EQ(trie.find("ab"), ByteTrie::kNone);
}

TEST(ByteTrie, FindsNothingAmongNoEntries) {
  EXPECT_EQ(trie_of({}).find(std::string(1, '\0')), ByteTrie::kNone);
  EXPECT_EQ(longest(trie_of({}), "a").value, ByteTrie::kNone);
}

TEST(ByteTrie, HoldsWhatAMapHolds) {
  std::mt19937 rng(7);
  for (const unsigned alphabet : {2U, 5U, 256U}) {
    std::map<std::string, std::uint32_t> values;
    for (std::uint32_t i = 0; i < 5000; ++i) {
      std::string bytes(1 + rng() % 9, '\0');
      for (char& byte : bytes) byte = static_cast<char>(rng() % alphabet);
      values.emplace(bytes, i);
    }
    const Trie trie = trie_of(values);
    for (const auto& [bytes, value] : values) ASSERT_EQ(trie.find(bytes), value);
    for (int i = 0; i < 5000; ++i) {
      std::string bytes(rng() % 12, '\0');
      for (char& byte : bytes) byte = static_cast<char>(rng() % alphabet);
      std::size_t size = bytes.size();
      while (size > 0 && !values.contains(bytes.substr(0, size))) --size;
      ASSERT_EQ(longest(trie, bytes).length, size);
      if (size > 0) ASSERT_EQ(longest(trie, bytes).value, values.at(bytes.substr(0, size)));
    }
  }
}

}  // namespace
}  // namespace pointsman::text
