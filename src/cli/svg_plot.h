// One plot as a self-contained <svg>: two axes with ticks, and what is drawn between them.
//
// Colours come from the page's style sheet by class name. Everything in the plot's coordinates; values outside the axes
// are drawn at their edge. Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace pointsman::cli {

// Text that is safe between tags and in quoted attributes of HTML, and on one line: markup characters are escaped,
// control characters and broken UTF-8 replaced. Shortened to `columns` characters.
std::string html_text(std::string_view text, std::size_t columns = 200);

struct Axis {
  std::string label;
  double low = 0;
  double high = 1;
  bool percent = true;  // ticks as percentages, else as plain numbers
};

// The least of 1, 2, 5, 10, 20, 50, ... times a power of ten that is not below `value`.
double round_up_nicely(double value);

struct PlotPoint {
  double x = 0;
  double y = 0;
};

class SvgPlot {
 public:
  // `description` is what a screen reader says.
  SvgPlot(std::string_view description, Axis x, Axis y);

  void line(std::span<const PlotPoint> points, std::string_view css_class);
  void dot(PlotPoint at, std::string_view css_class);
  // A vertical interval at `x`.
  void whisker(double x, double low, double high, std::string_view css_class);
  void box(PlotPoint corner, PlotPoint opposite, std::string_view css_class);
  std::string finish();

 private:
  double left(double x) const;
  double top(double y) const;
  void axes();

  Axis x_;
  Axis y_;
  std::string out_;
};

}  // namespace pointsman::cli
