// The categories a router distinguishes and the rules that may decide before any model does: plain data from the
// configuration, immutable once a snapshot is built.
#pragma once

#include <string>
#include <vector>

namespace pointsman::classify {

struct Category {
  std::string name;
  std::string description;
  std::vector<std::string> examples;
  // The local classifier's probability must reach this, or the request goes to the fallback model.
  // Above 1: nothing is decided for it locally.
  float threshold = 0.5F;
  // What the local classifier and the small model together must reach where the classifier alone is unsure. Above 1:
  // their common opinion decides nothing.
  float pooled_threshold = 2;
  // Whether the threshold comes from a certificate (certificate.h) instead of from whoever wrote the configuration.
  bool certified = false;
};

// Decides for `category` when any keyword (whole words, case folded) or any RE2 pattern matches the last user message.
struct Rule {
  std::string name;
  std::string category;
  std::vector<std::string> keywords;
  std::vector<std::string> patterns;
};

}  // namespace pointsman::classify
