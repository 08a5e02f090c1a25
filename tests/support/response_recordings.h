// Recorded streams of the Responses API from the public test data, one stream each, with the service's framing.
// Header-only; for tests.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "support/json_value.h"

namespace pointsman::testing {

struct ResponseRecording {
  std::string name;
  std::vector<std::string> payloads;

  // Some recordings were cut for size: their last event has a higher number than its place.
  bool abridged() const {
    Json last(payloads.back());
    return last.ok && last.number_at("/sequence_number") >= static_cast<std::int64_t>(payloads.size());
  }
  std::string stream() const {
    std::string out;
    for (const std::string& payload : payloads) {
      Json json(payload);
      const std::string type = json.ok ? json.text_at("/type") : "message";
      out += "event: " + type + "\ndata: " + payload + "\n\n";
    }
    return out;
  }
};

// A file may hold several streams, one after the other: the turns of a conversation.
inline std::vector<ResponseRecording> response_recordings() {
  namespace fs = std::filesystem;
  std::vector<ResponseRecording> out;
  const char* const set = std::getenv("POINTSMAN_DATA");
  const fs::path root = fs::path(set == nullptr ? "../shared/data" : set) / "sse";
  for (const char* folder : {"openai", "open-responses"}) {
    if (!fs::exists(root / folder)) continue;
    for (const auto& file : fs::directory_iterator(root / folder)) {
      std::ifstream in(file.path());
      std::string line;
      while (std::getline(in, line)) {
        const bool first = line.find("\"response.created\"") != std::string::npos;
        if (first) out.push_back({file.path().filename().string(), {}});
        const bool belongs = !out.empty() && out.back().name == file.path().filename().string();
        if (belongs && !line.empty()) out.back().payloads.push_back(line);
      }
    }
  }
  return out;
}

}  // namespace pointsman::testing
