#include "tokens/image_tokens.h"

#include <algorithm>
#include <cmath>

namespace pointsman::tokens {
namespace {

constexpr std::uint64_t kTileSide = 512;
constexpr std::uint64_t kFrame = 2048;
constexpr std::uint64_t kShortSide = 768;
constexpr double kPatchSide = 32;
constexpr std::int64_t kMostPatches = 1536;
constexpr std::int64_t kPixelsPerToken = 750;
constexpr std::int64_t kMostAreaTokens = 1600;
// A frame of 2048 x 768 is two rows of four.
constexpr std::int64_t kMostTiles = 8;

std::int64_t tiles_of(ImageSize size) {
  std::uint64_t width = size.width;
  std::uint64_t height = size.height;
  const auto fit = [&](std::uint64_t side, std::uint64_t limit) {
    if (side <= limit) return;
    width = std::max<std::uint64_t>(width * limit / side, 1);
    height = std::max<std::uint64_t>(height * limit / side, 1);
  };
  fit(std::max(width, height), kFrame);
  fit(std::min(width, height), kShortSide);
  const auto across = [](std::uint64_t side) { return static_cast<std::int64_t>((side + kTileSide - 1) / kTileSide); };
  return across(width) * across(height);
}

// The guide's own example: 1800 x 2400 needs 57 x 75 patches, is made smaller until whole patches fit, and costs 1452.
std::int64_t patches_of(ImageSize size) {
  const double across = size.width / kPatchSide;
  const double down = size.height / kPatchSide;
  if (std::ceil(across) * std::ceil(down) <= static_cast<double>(kMostPatches)) {
    return static_cast<std::int64_t>(std::ceil(across) * std::ceil(down));
  }
  const double shrink = std::sqrt(static_cast<double>(kMostPatches) / (across * down));
  const auto whole = [](double side) { return side < 1 ? 1 : std::floor(side) / side; };
  const double fitted = shrink * std::min(whole(across * shrink), whole(down * shrink));
  constexpr double kSlack = 1e-9;  // a whole number of patches may come out a little above
  const double patches = std::ceil(across * fitted - kSlack) * std::ceil(down * fitted - kSlack);
  return std::min(static_cast<std::int64_t>(patches), kMostPatches);
}

std::int64_t scaled(std::int64_t patches, std::int64_t hundredths) {
  return (patches * hundredths + 99) / 100;
}

}  // namespace

std::int64_t most_image_tokens(const ImageRule& rule) {
  switch (rule.kind) {
    case ImageRule::Kind::kTiles:
      return rule.base + kMostTiles * rule.tile;
    case ImageRule::Kind::kPatches:
      return scaled(kMostPatches, rule.hundredths);
    case ImageRule::Kind::kArea:
      break;
  }
  return kMostAreaTokens;
}

std::int64_t image_tokens(const ImageRule& rule, std::optional<ImageSize> size) {
  if (!size) return most_image_tokens(rule);
  switch (rule.kind) {
    case ImageRule::Kind::kTiles:
      return rule.base + tiles_of(*size) * rule.tile;
    case ImageRule::Kind::kPatches:
      return scaled(patches_of(*size), rule.hundredths);
    case ImageRule::Kind::kArea:
      break;
  }
  const std::uint64_t pixels = std::uint64_t{size->width} * size->height;
  if (pixels >= static_cast<std::uint64_t>(kMostAreaTokens * kPixelsPerToken)) return kMostAreaTokens;
  return (static_cast<std::int64_t>(pixels) + kPixelsPerToken - 1) / kPixelsPerToken;
}

std::int64_t low_detail_tokens(const ImageRule& rule, std::optional<ImageSize> size) {
  return rule.kind == ImageRule::Kind::kTiles ? rule.base : image_tokens(rule, size);
}

}  // namespace pointsman::tokens
