// "Did you mean": the known names nearest to a mistyped one.
// Pure functions, usable from any thread; the work is bounded by 128 bytes of each name.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pointsman::base {

// Optimal string alignment distance (insert, delete, replace, swap neighbours), case folded for ASCII.
std::size_t edit_distance(std::string_view a, std::string_view b);

// At most `limit` of `known`, nearest first; only those within about a third of the length, or sharing a prefix.
std::vector<std::string> nearest_names(std::string_view wrong, const std::vector<std::string>& known,
                                       std::size_t limit = 3);

}  // namespace pointsman::base
