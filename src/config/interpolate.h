// Fills ${NAME}, ${NAME:-default}, ${file:path} and ${credential:name} into one scalar, after the YAML has been read,
// so that what is filled in can never become YAML itself. `$${` stands for a literal `${`.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "config/sources.h"

namespace pointsman::config {

inline constexpr std::size_t kMaxInterpolatedFile = 64 * 1024;
inline constexpr std::size_t kMaxScalar = 256 * 1024;

// Relative paths are seen from the folder of `config_file`; the newline at the end of a file is dropped. The error
// names the variable or file and never contains a value.
std::expected<std::string, std::string> interpolate(std::string_view text, std::string_view config_file,
                                                    const Sources& sources);

}  // namespace pointsman::config
