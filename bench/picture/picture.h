// A plot as a file that can be looked at by itself: with colours and a legend of its own.
// picture() is pure; save_picture() writes a file.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/svg_plot.h"

namespace pointsman::bench {

// The classes that lines and dots may have, in this order of the legend.
inline constexpr std::string_view kPens[] = {"one", "two", "three", "four", "mark"};

// `legend` names the pens that are used, from the first on.
std::string picture(cli::SvgPlot& plot, const std::vector<std::string>& legend);

// To bench/results/<name>.svg. kInternal if it cannot be written.
base::Result<void> save_picture(std::string_view name, const std::string& svg);

}  // namespace pointsman::bench
