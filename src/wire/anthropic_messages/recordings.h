// For tests: streams as servers send them, and the recorded ones of the public data folder, framed anew.
// Free functions; read by tests only.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "json/document.h"

namespace pointsman::wire::anthropic_messages::testing {

// One event; its name is the payload's "type".
inline std::string event(std::string_view payload) {
  static json::Document document;
  std::string name;
  if (document.open(payload)) {
    json::Cursor cursor = document.root();
    json::RawString type;
    for (bool more = cursor.enter_object(); more; more = cursor.next_member()) {
      if (cursor.key_is("type") && cursor.read_string(type)) {
        name = type.raw;
      } else {
        cursor.skip();
      }
    }
    document.close();
  }
  return "event: " + name + "\ndata: " + std::string(payload) + "\n\n";
}

inline std::filesystem::path recordings() {
  const char* const set = std::getenv("POINTSMAN_DATA");
  const std::filesystem::path data = set != nullptr ? set : POINTSMAN_SOURCE_DIR "/../shared/data";
  return data / "sse";
}

struct Recording {
  std::string name;
  std::string stream;
};

// Of one protocol's folder, or of all of them if `folder` is empty.
inline std::vector<Recording> all_recordings(std::string_view folder) {
  std::vector<Recording> all;
  if (!std::filesystem::exists(recordings() / folder)) return all;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(recordings() / folder)) {
    if (entry.path().extension() != ".txt") continue;
    Recording one{entry.path().filename().string(), {}};
    std::ifstream in(entry.path());
    for (std::string line; std::getline(in, line);) {
      if (!line.empty()) one.stream += event(line);
    }
    all.push_back(std::move(one));
  }
  return all;
}

}  // namespace pointsman::wire::anthropic_messages::testing
