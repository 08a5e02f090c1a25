// The few figures of a classifier's card that fit on a line: how many examples, and how good.
// Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace pointsman::cli {

struct CardFigures {
  std::optional<std::int64_t> examples;
  std::optional<double> accuracy;           // on examples left out of training
  std::optional<double> calibration_error;  // expected calibration error on the same
};

// What a card does not say, or says in a form that this program does not know, stays unknown.
CardFigures read_card_figures(std::string_view card);

}  // namespace pointsman::cli
