// What people said of a text like this one, carried to the router's categories: evidence for a verdict, kept in the
// ledger so that the verdict can be made again. Plain values of one request, from a CorrectionMemory.
#pragma once

#include <string>

namespace pointsman::classify {

struct Recollection {
  std::string decision;  // that was corrected; empty: nothing is remembered
  int category = -1;     // what it should have been, an index into the policy's categories; -1: none of them
  float likeness = 0;    // 1: the same text
  std::string memory;    // version of the memory that knew it

  bool said() const { return !decision.empty(); }
};

}  // namespace pointsman::classify
