#include "picture/picture.h"

#include <fmt/format.h>

#include <fstream>

namespace pointsman::bench {
namespace {

constexpr std::string_view kStyle =
    "<style>svg{background:#fff;font-family:sans-serif}text{font-size:11px;fill:#5a6675}.label{fill:#1c2430}"
    ".grid{stroke:#dde3ea;fill:none}polyline{fill:none;stroke-width:1.6}"
    ".one{stroke:#2779bd}.two{stroke:#c4622d}.three{stroke:#4c9a52}.four{stroke:#8a5db0}.mark{stroke:#9aa1ab;"
    "stroke-dasharray:4 4}circle{fill:#1c2430}</style>\n";

}  // namespace

std::string picture(cli::SvgPlot& plot, const std::vector<std::string>& legend) {
  std::string out = plot.finish();
  out.insert(out.find('>') + 2, kStyle);
  out.insert(out.find("<svg") + 4, " xmlns=\"http://www.w3.org/2000/svg\"");
  std::string lines;
  for (std::size_t i = 0; i < legend.size() && i < std::size(kPens); ++i) {
    const double y = 200 + 15 * static_cast<double>(i);
    lines += fmt::format("<polyline class=\"{}\" points=\"230,{} 250,{}\"/><text x=\"255\" y=\"{}\">{}</text>\n",
                         kPens[i], y, y, y + 4, cli::html_text(legend[i]));
  }
  out.insert(out.rfind("</svg>"), lines);
  return out;
}

base::Result<void> save_picture(std::string_view name, const std::string& svg) {
  const std::string path = fmt::format("{}/bench/results/{}.svg", POINTSMAN_SOURCE_DIR, name);
  std::ofstream file(path, std::ios::binary);
  file << svg;
  if (!file.flush()) return base::fail(base::ErrorCode::kInternal, path + ": cannot be written");
  return {};
}

}  // namespace pointsman::bench
