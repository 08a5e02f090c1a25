#include "vocabulary/vocabulary.h"

#include <fmt/format.h>

#ifdef POINTSMAN_WITH_o200k_base
extern "C" const unsigned char pm_embed_o200k_base[];
extern "C" const unsigned char pm_embed_o200k_base_end[];
#endif
#ifdef POINTSMAN_WITH_cl100k_base
extern "C" const unsigned char pm_embed_cl100k_base[];
extern "C" const unsigned char pm_embed_cl100k_base_end[];
#endif

namespace pointsman::vocabulary {
namespace {

using Opened = base::Result<std::shared_ptr<const text::BpeVocabulary>>;

std::span<const std::byte> o200k_base() {
#ifdef POINTSMAN_WITH_o200k_base
  return std::as_bytes(std::span(pm_embed_o200k_base, pm_embed_o200k_base_end));
#else
  return {};
#endif
}

std::span<const std::byte> cl100k_base() {
#ifdef POINTSMAN_WITH_cl100k_base
  return std::as_bytes(std::span(pm_embed_cl100k_base, pm_embed_cl100k_base_end));
#else
  return {};
#endif
}

Opened open_now(std::string_view encoding) {
  const auto bytes = block(encoding);
  if (!bytes.empty()) return text::BpeVocabulary::in_place(bytes);
  return base::fail(base::ErrorCode::kUnsupported,
                    fmt::format("the vocabulary {} is not in this build: it could not be fetched when it was built "
                                "(./dev setup fetches it)",
                                encoding));
}

}  // namespace

std::span<const std::byte> block(std::string_view encoding) {
  if (encoding == "o200k_base") return o200k_base();
  return encoding == "cl100k_base" ? cl100k_base() : std::span<const std::byte>();
}

Opened open(std::string_view encoding) {
  if (encoding == "o200k_base") {
    static const Opened opened = open_now(encoding);
    return opened;
  }
  if (encoding == "cl100k_base") {
    static const Opened opened = open_now(encoding);
    return opened;
  }
  return base::fail(base::ErrorCode::kNotFound,
                    fmt::format("there is no encoding '{}'; there are: {}", encoding, fmt::join(kEncodings, ", ")));
}

}  // namespace pointsman::vocabulary
