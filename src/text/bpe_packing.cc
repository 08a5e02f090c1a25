#include "text/bpe_packing.h"

#include <fmt/format.h>

#include <bitset>
#include <unordered_map>
#include <vector>

namespace pointsman::text {
namespace {

using base::ErrorCode;
using base::fail;

// Merges by their definition, one pair at a time: the slow and obvious way, for tokens of a few bytes.
class Merges {
 public:
  std::uint32_t byte(char byte) const { return byte_ids_[static_cast<unsigned char>(byte)]; }
  void set_byte(char byte, std::uint32_t id) { byte_ids_[static_cast<unsigned char>(byte)] = id; }
  void add(std::uint32_t left, std::uint32_t right, std::uint32_t id) { pairs_.emplace(key(left, right), id); }

  // The parts left when no pair can be merged any more.
  std::vector<std::uint32_t> merged(std::string_view bytes) const {
    std::vector<std::uint32_t> parts;
    for (const char c : bytes) parts.push_back(byte(c));
    for (;;) {
      std::size_t best = 0;
      std::uint32_t lowest = ~0U;
      for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
        const auto pair = pairs_.find(key(parts[i], parts[i + 1]));
        if (pair == pairs_.end() || pair->second >= lowest) continue;
        lowest = pair->second;
        best = i;
      }
      if (lowest == ~0U) return parts;
      parts[best] = lowest;
      parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(best) + 1);
    }
  }

 private:
  static std::uint64_t key(std::uint32_t left, std::uint32_t right) { return std::uint64_t{left} << 32 | right; }

  std::uint32_t byte_ids_[256] = {};
  std::unordered_map<std::uint64_t, std::uint32_t> pairs_;
};

base::Result<Merges> single_bytes(std::span<const std::string> tokens) {
  if (tokens.size() < 256 || tokens.size() > kMaxBpeTokens) {
    return fail(ErrorCode::kInvalidArgument, fmt::format("{} tokens, not 256 to {}", tokens.size(), kMaxBpeTokens));
  }
  Merges merges;
  std::bitset<256> seen;
  for (std::size_t id = 0; id < 256; ++id) {
    if (tokens[id].size() != 1 || seen.test(static_cast<unsigned char>(tokens[id][0]))) {
      return fail(ErrorCode::kInvalidArgument, fmt::format("token {} is not a single byte of its own", id));
    }
    seen.set(static_cast<unsigned char>(tokens[id][0]));
    merges.set_byte(tokens[id][0], static_cast<std::uint32_t>(id));
  }
  return merges;
}

}  // namespace

base::Result<std::string> pack_bpe(std::span<const std::string> tokens, Splitting splitting) {
  PM_TRY(Merges merges, single_bytes(tokens));
  std::string lengths(256, '\1');
  std::string splits(256, '\0');
  for (std::size_t i = 256; i < tokens.size(); ++i) {
    const auto id = static_cast<std::uint32_t>(i);
    const std::string& token = tokens[i];
    if (token.empty() || token.size() > kMaxBpeTokenBytes) {
      return fail(ErrorCode::kInvalidArgument, fmt::format("token {} has {} bytes", id, token.size()));
    }
    const std::vector<std::uint32_t> parts = merges.merged(token);
    if (parts.size() != 2) {
      return fail(ErrorCode::kInvalidArgument,
                  fmt::format("token {} is merged to {} parts, not two, before it is", id, parts.size()));
    }
    merges.add(parts[0], parts[1], id);
    lengths += static_cast<char>(token.size());
    splits += static_cast<char>(tokens[parts[0]].size());
  }
  std::string packed(kBpeMagic);
  for (unsigned shift = 0; shift < 32; shift += 8) packed += static_cast<char>(tokens.size() >> shift & 0xFFU);
  packed += static_cast<char>(splitting);
  packed.append(3, '\0');
  packed += lengths;
  packed += splits;
  for (const std::string& token : tokens) packed += token;
  return packed;
}

}  // namespace pointsman::text
