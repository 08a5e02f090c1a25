// Gold texts for a simulated teacher: made-up families of close categories, and CLINC150 where it is there.
// Header-only; for tests.
#pragma once

#include <simdjson.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "base/rng.h"
#include "simulate/gold.h"

namespace pointsman::testing {

// Five families "f0" to "f4" of four categories each ("f2_c1"); texts of a category use words of its own, and of the
// family as well, so that members of a family are close and others are not. Every text is different.
inline std::vector<simulate::GoldRow> family_gold(int texts_per_category) {
  std::vector<simulate::GoldRow> out;
  base::Rng rng(7);
  for (int family = 0; family < 5; ++family) {
    for (int member = 0; member < 4; ++member) {
      const std::string name = "f" + std::to_string(family) + "_c" + std::to_string(member);
      for (int i = 0; i < texts_per_category; ++i) {
        std::string text = "please number" + std::to_string(i);
        for (int word = 0; word < 3; ++word) {
          text += " " + name + "word" + std::to_string(rng.below(12));
          text += " familyword" + std::to_string(family) + "x" + std::to_string(rng.below(12));
        }
        out.push_back({text, name});
      }
    }
  }
  return out;
}

inline std::vector<std::string> category_names(const std::vector<simulate::GoldRow>& rows) {
  std::vector<std::string> out;
  for (const simulate::GoldRow& row : rows) {
    if (out.empty() || out.back() != row.category) out.push_back(row.category);
  }
  return out;
}

// The training, validation and test texts of the 150 intents, and what is out of scope as kNone; empty if they are not
// there (POINTSMAN_DATA).
inline std::vector<simulate::GoldRow> clinc150() {
  const char* const set = std::getenv("POINTSMAN_DATA");
  const std::filesystem::path root = set != nullptr ? set : POINTSMAN_SOURCE_DIR "/../shared/data";
  const std::filesystem::path file = root / "intents/clinc150/data_full.json";
  std::vector<simulate::GoldRow> out;
  simdjson::dom::parser parser;
  simdjson::dom::object splits;
  if (!std::filesystem::exists(file) || parser.load(file.string()).get(splits) != simdjson::SUCCESS) return out;
  for (const auto split : splits) {
    for (const auto pair : split.value.get_array()) {
      const std::string_view category = pair.at(1).get_string().value_unsafe();
      out.push_back({std::string(pair.at(0).get_string().value_unsafe()), std::string(category)});
      if (category == "oos") out.back().category = simulate::kNone;
    }
  }
  return out;
}

}  // namespace pointsman::testing
