// The vocabularies that ship with the program, for text::TokenCounter: o200k_base and cl100k_base.
//
// Constant bytes inside the program. One that could not be fetched before the build is not there, and asking for it
// says so. Each is opened once, when first asked for (some ten milliseconds and megabytes), and kept. Any thread.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include "base/result.h"
#include "text/bpe_vocabulary.h"

namespace pointsman::vocabulary {

inline constexpr auto kEncodings = std::to_array<std::string_view>({"o200k_base", "cl100k_base"});

// The packed form (text/bpe_packing.h); empty if it is not in this build, or `encoding` is none of kEncodings.
std::span<const std::byte> packed(std::string_view encoding);

// kNotFound for an encoding nobody knows, kUnsupported for one that is not in this build.
base::Result<std::shared_ptr<const text::BpeVocabulary>> open(std::string_view encoding);

}  // namespace pointsman::vocabulary
