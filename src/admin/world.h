// What the operators' API sees of the running gateway, and the few things it may start there.
//
// Implemented by the composition root (app/admin_world.h). Safe from any thread; no call waits for long.
#pragma once

#include <string>

#include "base/clock.h"
#include "config/config.h"
#include "gateway/lineup.h"

namespace pointsman::admin {

struct Facts {
  std::string version;
  std::string base_url;     // of the first client listener: "http://127.0.0.1:8080/v1"
  std::string config_file;  // empty: none, built-in defaults serve
  base::WallTime started{};
  base::WallTime loaded{};  // when the configuration in force was read
};

class World {
 public:
  virtual ~World() = default;
  virtual Facts facts() const = 0;
  // What decides at present.
  virtual gateway::Lineup lineup() const = 0;
  // The configuration as it was read, before a promoted classifier took its place in it.
  virtual config::Config configured() const = 0;
};

}  // namespace pointsman::admin
