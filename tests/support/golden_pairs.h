// Holding what crosses between protocols against its golden cases, and the page that tells users what the cases say.
//
// Set POINTSMAN_UPDATE_GOLDEN=1 to write what came out into the cases; then review every line of the difference.
// Verdicts that somebody set stay as long as they can be true. Header-only; for tests.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "support/golden_cases.h"
#include "support/protocol_pairs.h"

namespace pointsman::testing {

inline const std::vector<std::string> kRequestGroups = {"content", "tools", "settings"};

inline std::string golden_path(const std::string& group) {
  return std::string(POINTSMAN_SOURCE_DIR) + "/tests/golden/pairs/" + group + ".txt";
}

inline bool updates_golden() {
  return std::getenv("POINTSMAN_UPDATE_GOLDEN") != nullptr;
}

inline const WireProtocol& protocol_named(std::string_view name) {
  const auto at = std::ranges::find(kWireProtocols, name, &WireProtocol::name);
  EXPECT_NE(at, kWireProtocols.end()) << name;
  return at == kWireProtocols.end() ? kWireProtocols.front() : *at;
}

template <class Call>
void for_each_target(const GoldenSource& source, Call call) {
  const WireProtocol& from = protocol_named(source.protocol);
  for (const WireProtocol& to : kWireProtocols) {
    if (&to != &from) call(from, to);
  }
}

inline std::string to_text(const Wanted& wanted) {
  std::string out = wanted.verdict + "\n" + wanted.body + "\n";
  for (const llm::Loss& loss : wanted.losses) out += (loss.minor ? "minor: " : "loss: ") + loss.what + "\n";
  return out;
}

inline void hold_against(Wanted got, const std::string& feature, const WireProtocol& to,
                         std::map<std::string, Wanted>& all) {
  Wanted& wanted = all[std::string(to.name)];
  if (got.verdict.empty()) got.verdict = wanted.verdict;
  if (!is_possible(got)) got.verdict = usual_verdict(got.losses);
  if (updates_golden()) wanted = got;
  EXPECT_EQ(to_text(got), to_text(wanted)) << feature << ", to " << to.name;
}

inline void conclude(const GoldenFile& golden) {
  if (updates_golden()) golden.write();
}

}  // namespace pointsman::testing
