#include "cli/svg_plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "cli/text_format.h"

namespace pointsman::cli {
namespace {

constexpr double kWidth = 460;
constexpr double kHeight = 320;
constexpr double kLeft = 58;
constexpr double kRight = 18;
constexpr double kTop = 10;
constexpr double kBottom = 46;
constexpr int kTicks = 5;

std::string tick_text(const Axis& axis, double value) {
  return axis.percent ? fmt::format("{:.3g} %", value * 100) : fmt::format("{:.6g}", value);
}

}  // namespace

std::string html_text(std::string_view text, std::size_t columns) {
  std::string out;
  for (const char c : printable(text, columns)) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

double round_up_nicely(double value) {
  if (!(value > 0)) return 1;
  const double power = std::pow(10.0, std::floor(std::log10(value)));
  for (const double step : {1.0, 2.0, 5.0}) {
    if (step * power >= value * (1 - 1e-9)) return step * power;
  }
  return 10 * power;
}

SvgPlot::SvgPlot(std::string_view description, Axis x, Axis y) : x_(std::move(x)), y_(std::move(y)) {
  out_ = fmt::format("<svg class=\"plot\" viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\">\n", kWidth, kHeight,
                     html_text(description));
  axes();
}

double SvgPlot::left(double x) const {
  const double share = std::clamp((x - x_.low) / (x_.high - x_.low), 0.0, 1.0);
  return kLeft + share * (kWidth - kLeft - kRight);
}

double SvgPlot::top(double y) const {
  const double share = std::clamp((y - y_.low) / (y_.high - y_.low), 0.0, 1.0);
  return kHeight - kBottom - share * (kHeight - kTop - kBottom);
}

void SvgPlot::axes() {
  for (int i = 0; i <= kTicks; ++i) {
    const double x = x_.low + (x_.high - x_.low) * i / kTicks;
    const double y = y_.low + (y_.high - y_.low) * i / kTicks;
    out_ += fmt::format("<path class=\"grid\" d=\"M{0:.1f} {1:.1f}V{2:.1f}\"/>", left(x), top(y_.low), top(y_.high));
    out_ += fmt::format("<path class=\"grid\" d=\"M{0:.1f} {2:.1f}H{1:.1f}\"/>\n", left(x_.low), left(x_.high), top(y));
    out_ += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}</text>", left(x), top(y_.low) + 16,
                        tick_text(x_, x));
    out_ += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>\n", kLeft - 6, top(y) + 4,
                        tick_text(y_, y));
  }
  out_ += fmt::format("<text class=\"label\" x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}</text>\n",
                      (kLeft + kWidth - kRight) / 2, kHeight - 8, html_text(x_.label));
  const double middle = (kTop + kHeight - kBottom) / 2;
  out_ += fmt::format(
      "<text class=\"label\" x=\"12\" y=\"{0:.1f}\" text-anchor=\"middle\" transform=\"rotate(-90 12 {0:.1f})\">{1}"
      "</text>\n",
      middle, html_text(y_.label));
}

void SvgPlot::line(std::span<const PlotPoint> points, std::string_view css_class) {
  if (points.empty()) return;
  out_ += fmt::format("<polyline class=\"{}\" points=\"", css_class);
  for (const PlotPoint& point : points) out_ += fmt::format("{:.1f},{:.1f} ", left(point.x), top(point.y));
  out_.back() = '"';
  out_ += "/>\n";
}

void SvgPlot::dot(PlotPoint at, std::string_view css_class) {
  out_ += fmt::format("<circle class=\"{}\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"4\"/>\n", css_class, left(at.x), top(at.y));
}

void SvgPlot::whisker(double x, double low, double high, std::string_view css_class) {
  const double at = left(x);
  out_ += fmt::format("<path class=\"{0}\" d=\"M{1:.1f} {2:.1f}V{3:.1f}M{4:.1f} {2:.1f}h8M{4:.1f} {3:.1f}h8\"/>\n",
                      css_class, at, top(low), top(high), at - 4);
}

void SvgPlot::box(PlotPoint corner, PlotPoint opposite, std::string_view css_class) {
  const auto [x0, x1] = std::minmax({left(corner.x), left(opposite.x)});
  const auto [y0, y1] = std::minmax({top(corner.y), top(opposite.y)});
  out_ += fmt::format("<rect class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\"/>\n", css_class,
                      x0, y0, x1 - x0, y1 - y0);
}

std::string SvgPlot::finish() {
  return std::move(out_) + "</svg>\n";
}

}  // namespace pointsman::cli
