// What an image costs in tokens, by the size it has and the rule of the model.
//
// Pure. Tiles (OpenAI guide "Images and vision", GPT-4o and its like): in low detail a base; in high detail the image
// is fitted into 2048 x 2048, then its shortest side to at most 768, and each tile of 512 x 512 that it touches costs
// extra. Patches (the same guide, the small models of 2025): one token for each 32 x 32, at most 1536 of them, times a
// factor of the model. Area (Anthropic guide "Vision"): width x height / 750, at most about 1600.
#pragma once

#include <cstdint>
#include <optional>

namespace pointsman::tokens {

struct ImageSize {
  std::uint32_t width = 0;  // pixels; neither is 0
  std::uint32_t height = 0;

  bool operator==(const ImageSize&) const = default;
};

struct ImageRule {
  enum class Kind : std::uint8_t { kTiles, kPatches, kArea };
  Kind kind = Kind::kTiles;
  bool sure = false;             // published for the model, and not contradicted since
  std::uint16_t base = 85;       // of kTiles: the image itself
  std::uint16_t tile = 170;      // of kTiles: each tile
  std::uint16_t hundredths = 0;  // of kPatches: tokens for a hundred patches
};

constexpr ImageRule tiles(std::uint16_t base, std::uint16_t tile) {
  return {.kind = ImageRule::Kind::kTiles, .sure = true, .base = base, .tile = tile};
}
constexpr ImageRule patches(std::uint16_t hundredths) {
  return {.kind = ImageRule::Kind::kPatches, .hundredths = hundredths};
}
constexpr ImageRule area() {
  return {.kind = ImageRule::Kind::kArea};
}
constexpr ImageRule unsure(ImageRule rule) {
  rule.sure = false;
  return rule;
}

// The most that an image of any size can cost.
std::int64_t most_image_tokens(const ImageRule& rule);
// Of an image in high detail. Without a size, the most.
std::int64_t image_tokens(const ImageRule& rule, std::optional<ImageSize> size);
// In low detail; rules without such a thing have one price.
std::int64_t low_detail_tokens(const ImageRule& rule, std::optional<ImageSize> size);

}  // namespace pointsman::tokens
