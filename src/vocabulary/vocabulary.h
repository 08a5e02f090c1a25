// The vocabularies that ship with the program, for text::TokenCounter: o200k_base and cl100k_base.
//
// Constant bytes inside the program, laid out so that they are used where they lie: opening one costs nothing, and its
// pages are read from the program's file as texts touch them, shared between processes. One that could not be fetched
// before the build is not there, and asking for it says so. Any thread.
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

// Its tables (text/bpe_tables.h); nothing if it is not in this build, or `encoding` is none of kEncodings.
std::span<const std::byte> block(std::string_view encoding);

// kNotFound for an encoding nobody knows, kUnsupported for one that is not in this build.
base::Result<std::shared_ptr<const text::BpeVocabulary>> open(std::string_view encoding);

}  // namespace pointsman::vocabulary
