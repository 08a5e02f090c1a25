// links: pm_encode
// parses: encode/safetensors
// A weights file is any bytes: opening must refuse, or give tensors that lie inside of it with the size they say.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include "encode/safetensors.h"

namespace {

using pointsman::encode::Safetensors;

void try_file(std::string_view bytes) {
  const auto file = Safetensors::open(std::as_bytes(std::span(bytes)));
  if (!file) {
    if (file.error().message().empty()) std::abort();
    return;
  }
  for (const std::string_view name : {"a", "b", "embeddings", "embedding.weight", ""}) {
    const auto tensor = file->tensor(name);
    if (!tensor) continue;
    const auto* const begin = reinterpret_cast<const char*>(tensor->bytes.data());
    if (tensor->bytes.size() != tensor->elements() * size_of(tensor->dtype)) std::abort();
    if (begin < bytes.data() || begin + tensor->bytes.size() > bytes.data() + bytes.size()) std::abort();
    if (file->floats(name)->size() != tensor->elements()) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  try_file(input);
  // The same as a header with its length put right, with a little data behind it.
  for (const std::size_t tail : {std::size_t{0}, std::size_t{8}, std::size_t{24}}) {
    const std::uint64_t length = size;
    std::string bytes(sizeof(length), '\0');
    std::memcpy(bytes.data(), &length, sizeof(length));
    try_file(bytes.append(input).append(tail, 'x'));
  }
  return 0;
}
