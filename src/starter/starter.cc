#include "starter/starter.h"

extern "C" const unsigned char pm_embed_starter[];
extern "C" const unsigned char pm_embed_starter_end[];

namespace pointsman::starter {

std::span<const std::byte> artefact() {
  return std::as_bytes(std::span(pm_embed_starter, pm_embed_starter_end));
}

}  // namespace pointsman::starter
