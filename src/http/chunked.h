// The chunked transfer coding (RFC 9112 section 7.1) read incrementally and without copying.
//
// Pure: one scanner per message, one thread at a time. However the bytes are split over calls, the payload, the raw
// bytes and the verdict are the same. After an error every further call repeats it; after `done` nothing is consumed.
//
// To relay a stream without framing it again, write the `raw` views: they are the bytes as they came and join up into
// one view per read (see BodyReader::relay). Chunk extensions are part of them; trailer fields never are: if there were
// any, `raw` ends before them and `tail` closes the body instead.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "http/peer.h"

namespace pointsman::http {

struct BodyPiece {
  std::size_t consumed = 0;  // bytes of the input this piece covers; the next call begins behind them
  std::string_view payload;  // one run of content inside them, possibly empty
  std::string_view raw;      // what a relay forwards: the first `consumed` bytes, or nothing where they were trailers
  std::string_view tail;     // to be written after `raw`; static, and empty unless trailers were dropped
  bool done = false;         // the body ended with these bytes
};

class ChunkScanner {
 public:
  static constexpr int kMaxSizeDigits = 15;  // so that a size never overflows 60 bits
  static constexpr int kMaxExtensionBytes = 256;
  static constexpr int kMaxTrailerBytes = 8 * 1024;

  // Requests (Peer::kClient): no extensions, no trailers. Responses: extensions are skipped and trailers checked and
  // dropped, both within the bounds above. More than `max_payload` bytes in all are kTooLarge at "body".
  explicit ChunkScanner(Peer peer, std::uint64_t max_payload = UINT64_MAX) : peer_(peer), max_payload_(max_payload) {}

  // Consumes bytes up to the end of the first run of payload, of the body, or of `bytes`, whichever comes first;
  // at least one, unless `bytes` is empty or the body is done.
  base::Result<BodyPiece> next(std::string_view bytes);

  bool done() const { return state_ == State::kDone; }
  std::uint64_t payload_bytes() const { return payload_; }

 private:
  enum class State : std::uint8_t {
    kSize,
    kExtension,
    kSizeLf,
    kData,
    kDataCr,
    kDataLf,
    kEndOrTrailer,  // behind "0" CRLF: the final CRLF, or the first trailer
    kEndLf,
    kTrailerStart,
    kTrailerName,
    kTrailerValue,
    kTrailerLf,
    kTrailerEndLf,
    kDone,
    kFailed,
  };
  enum class Step : std::uint8_t { kTake, kStopBefore, kFail };

  // One framing byte; kStopBefore leaves it to the next call, kFail has set error_.
  Step step(char c);
  Step step_size(char c);
  Step step_size_end(char c);
  Step step_extension(char c);
  Step step_trailer(char c);
  Step expect(char c, char wanted, State then);
  Step refuse(base::ErrorCode code, std::string_view message);

  Peer peer_;
  State state_ = State::kSize;
  int digits_ = 0;
  int extension_ = 0;
  int trailer_ = 0;
  std::uint64_t left_ = 0;  // of the size being read, then of the chunk's data
  std::uint64_t payload_ = 0;
  std::uint64_t max_payload_;
  std::optional<base::Error> error_;
};

}  // namespace pointsman::http
