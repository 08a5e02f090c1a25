// The sentence encoders in use, so that a reload that names the same files takes the one that is loaded already.
//
// Main thread only. Keeps nothing alive: an encoder goes when the last snapshot and request that use it have gone.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "gateway/snapshot.h"

namespace pointsman::app {

class EncoderShelf {
 public:
  explicit EncoderShelf(gateway::EncoderLoader load) : load_(std::move(load)) {}

  // The encoder that was loaded from this path in this precision, if it is in use and its files are still the same;
  // else what the loader gives.
  base::Result<std::shared_ptr<const encode::Encoder>> take(const std::string& path, encode::Precision precision);
  // As a loader; empty if this has none. Refers to the shelf.
  gateway::EncoderLoader loader();

 private:
  struct Known {
    std::string path;
    encode::Precision precision = encode::Precision::kAuto;
    std::string files;
    std::weak_ptr<const encode::Encoder> encoder;
  };
  gateway::EncoderLoader load_;
  std::vector<Known> known_;
};

// What tells the files of a folder, or a file, from others: their names, places on the disk, sizes and times. Empty if
// there is nothing.
std::string identity_of_files(const std::string& path);

}  // namespace pointsman::app
