// `pointsman demo`: simulated providers, the real gateway and a labelled workload over HTTP, then one screen of
// results.
//
// Everything is in this process and on loopback; no key is needed and nobody is billed.
#pragma once

#include <string>

#include "gateway/snapshot.h"

namespace pointsman::app {

struct DemoOptions {
  bool json = false;  // the results as one JSON object in the last line
  bool keep = false;  // leave the gateway up until a signal
  int connections = 128;
  int requests = 0;  // 0: the whole workload
  std::string
      learn;  // keep the ledger, with texts, in this folder, and write there what people would say; empty: do not
  std::string version;
  gateway::ClassifierLoader load_classifier;
};

// The process's exit code.
int demo(const DemoOptions& options);

}  // namespace pointsman::app
