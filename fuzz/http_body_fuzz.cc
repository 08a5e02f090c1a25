// links: pm_http
// parses: http/body http/chunked
// Bodies under all four framings. First byte: framing, peer and limit; next two: where the bytes are split; rest:
// bytes.
//
// Payload, forwarded bytes and verdict must not depend on the split, and what is forwarded of an upstream's chunked
// body must itself be a chunked body of the same payload.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "http/body.h"

namespace {

using namespace pointsman;
using namespace pointsman::http;

void require(bool holds) {
  if (!holds) std::abort();
}

struct Reading {
  std::string payload;
  std::string forwarded;
  std::string error;
  std::size_t consumed = 0;
  bool done = false;
  bool operator==(const Reading&) const = default;
};

// Feeds `bytes` in parts of `first` and then `step` bytes.
Reading read(std::string_view bytes, Framing framing, Peer peer, std::uint64_t limit, std::size_t first,
             std::size_t step) {
  Reading all;
  auto body = BodyReader::open(framing, peer, limit);
  if (!body) {
    all.error = body.error().message();
    return all;
  }
  for (std::size_t part = first; !bytes.empty() && !body->done(); part = step) {
    const std::vector<char> exact(bytes.begin(), bytes.begin() + static_cast<long>(std::min(part, bytes.size())));
    const std::string_view view(exact.data(), exact.size());
    const auto relayed = body->relay(view, [&](std::string_view run) { all.payload += run; });
    if (!relayed) {
      all.error = relayed.error().message();
      // How much was passed on before a refusal depends on the split, and nothing may rest on it.
      all.payload.clear();
      all.forwarded.clear();
      all.consumed = 0;
      return all;
    }
    require(relayed->consumed == exact.size() || relayed->done);
    all.forwarded.append(relayed->raw).append(relayed->tail);
    all.consumed += relayed->consumed;
    bytes.remove_prefix(relayed->consumed);
  }
  all.done = body->done();
  require(body->payload_bytes() == all.payload.size() && all.payload.size() <= limit);
  return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data + 3), size - 3);
  const Peer peer = data[0] & 4 ? Peer::kUpstream : Peer::kClient;
  const std::uint64_t limit = data[0] & 8 ? 64 : UINT64_MAX;
  Framing framing{static_cast<Framing::Kind>(data[0] % 4), 0};
  if (framing.kind == Framing::Kind::kLength) framing.length = data[0] >> 4;
  const std::size_t first = 1 + (data[1] | data[2] << 8) % std::max<std::size_t>(bytes.size(), 1);

  const Reading whole = read(bytes, framing, peer, limit, bytes.size(), 1);
  require(whole == read(bytes, framing, peer, limit, first, bytes.size()));
  require(whole == read(bytes, framing, peer, limit, 1, 1));
  if (framing.kind == Framing::Kind::kChunked && whole.done) {
    const Reading again = read(whole.forwarded, framing, peer, limit, whole.forwarded.size(), 1);
    require(again.done && again.payload == whole.payload && again.forwarded == whole.forwarded);
    require(again.consumed == whole.forwarded.size());
  }
  return 0;
}
