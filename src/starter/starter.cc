#include "starter/starter.h"

extern "C" const unsigned char pm_embed_starter[];
extern "C" const unsigned char pm_embed_starter_end[];
extern "C" const unsigned char pm_embed_workload[];
extern "C" const unsigned char pm_embed_workload_end[];

namespace pointsman::starter {

std::span<const std::byte> artefact() {
  return std::as_bytes(std::span(pm_embed_starter, pm_embed_starter_end));
}

std::string_view workload() {
  return {reinterpret_cast<const char*>(pm_embed_workload),
          static_cast<std::size_t>(pm_embed_workload_end - pm_embed_workload)};
}

}  // namespace pointsman::starter
