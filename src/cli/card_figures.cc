#include "cli/card_figures.h"

#include <simdjson.h>

namespace pointsman::cli {
namespace {

namespace dom = simdjson::dom;

std::optional<double> number(const dom::object& object, std::string_view name) {
  double value = 0;
  if (object[name].get_double().get(value) != simdjson::SUCCESS) return std::nullopt;
  return value;
}

}  // namespace

CardFigures read_card_figures(std::string_view card) {
  CardFigures figures;
  dom::parser parser;
  dom::object whole;
  if (parser.parse(simdjson::padded_string(card)).get_object().get(whole) != simdjson::SUCCESS) return figures;
  std::int64_t examples = 0;
  if (whole["examples"].get_int64().get(examples) == simdjson::SUCCESS) figures.examples = examples;
  dom::object held_out;
  if (whole["out_of_fold"].get_object().get(held_out) == simdjson::SUCCESS) {
    figures.accuracy = number(held_out, "accuracy");
    figures.calibration_error = number(held_out, "ece");
  }
  return figures;
}

}  // namespace pointsman::cli
