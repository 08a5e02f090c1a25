#include "ledger/feedback.h"

#include <array>
#include <utility>

namespace pointsman::ledger {
namespace {

constexpr std::array<std::pair<Fit, std::string_view>, 4> kFits = {{{Fit::kUnsaid, ""},
                                                                    {Fit::kGood, "good_fit"},
                                                                    {Fit::kUnderpowered, "underpowered"},
                                                                    {Fit::kOverpowered, "overpowered"}}};
constexpr std::array<std::pair<Signal, std::string_view>, 5> kSignals = {{{Signal::kNone, ""},
                                                                          {Signal::kRegenerated, "regenerated"},
                                                                          {Signal::kRepeated, "repeated"},
                                                                          {Signal::kInvalidOutput, "invalid_output"},
                                                                          {Signal::kOverridden, "overridden"}}};

template <class Names, class Value>
std::string_view name_of(const Names& names, Value value) {
  for (const auto& [one, name] : names) {
    if (one == value) return name;
  }
  return {};
}

template <class Value, class Names>
std::optional<Value> value_of(const Names& names, std::string_view name) {
  for (const auto& [one, known] : names) {
    if (known == name) return one;
  }
  return std::nullopt;
}

}  // namespace

std::string_view to_string(Fit fit) {
  return name_of(kFits, fit);
}
std::optional<Fit> fit_from(std::string_view name) {
  return value_of<Fit>(kFits, name);
}
std::string_view to_string(Signal signal) {
  return name_of(kSignals, signal);
}
std::optional<Signal> signal_from(std::string_view name) {
  return value_of<Signal>(kSignals, name);
}

}  // namespace pointsman::ledger
