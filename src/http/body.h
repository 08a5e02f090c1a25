// A message's body read as its framing says, one interface for all four framings.
//
// Pure: one reader per message, one thread at a time; the payload views point into the caller's bytes, and a split of
// the bytes never changes what is read. Memory is constant whatever the body's size.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <utility>

#include "http/chunked.h"
#include "http/head.h"

namespace pointsman::http {

// What one read of a relayed body comes to: write `raw` and, if not empty, `tail`, in one go.
struct RelayedBytes {
  std::size_t consumed = 0;
  std::string_view raw;
  std::string_view tail;
  bool done = false;
};

class BodyReader {
 public:
  // kTooLarge at "body" if a Content-Length already says more than `max_bytes`, so that no byte need be read.
  static base::Result<BodyReader> open(Framing framing, Peer peer, std::uint64_t max_bytes = UINT64_MAX);

  // The next piece of the body (see BodyPiece); call it again with the bytes behind `consumed` until `done` or until
  // none are left. Bytes behind the end of the body are not consumed: they begin the next message.
  base::Result<BodyPiece> next(std::string_view bytes);

  // Reads all of `bytes` that belong to the body, calls on_payload(std::string_view) for each run of content in them,
  // and returns the raw bytes to forward unchanged. They fit a receiver that is told the same framing.
  template <class OnPayload>
  base::Result<RelayedBytes> relay(std::string_view bytes, OnPayload&& on_payload) {
    RelayedBytes all{0, bytes.substr(0, 0), {}, done()};
    std::size_t raw = 0;
    while (!all.done && all.consumed < bytes.size()) {
      PM_TRY(const BodyPiece piece, next(bytes.substr(all.consumed)));
      if (!piece.payload.empty()) on_payload(piece.payload);
      raw += piece.raw.size();  // contiguous: raw bytes never follow dropped ones
      all.consumed += piece.consumed;
      all.tail = piece.tail;
      all.done = piece.done;
    }
    all.raw = bytes.substr(0, raw);
    return all;
  }

  // The peer closed the connection. Fine if the body is done or was to end so; else kReset, the body was cut.
  base::Result<void> close();

  bool done() const;
  // Bytes of content read so far.
  std::uint64_t payload_bytes() const;

 private:
  BodyReader(Framing framing, Peer peer, std::uint64_t max_bytes)
      : framing_(framing), peer_(peer), max_bytes_(max_bytes), chunks_(peer, max_bytes) {}

  Framing framing_;
  Peer peer_;
  bool closed_ = false;
  std::uint64_t payload_ = 0;  // not kChunked
  std::uint64_t max_bytes_;
  ChunkScanner chunks_;
};

}  // namespace pointsman::http
