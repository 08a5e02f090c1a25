#include "http/body.h"

namespace pointsman::http {
namespace {

base::Error too_large(Peer peer) {
  return codec_error(peer, base::ErrorCode::kTooLarge, "the body is larger than allowed", "body");
}

}  // namespace

base::Result<BodyReader> BodyReader::open(Framing framing, Peer peer, std::uint64_t max_bytes) {
  if (framing.kind == Framing::Kind::kLength && framing.length > max_bytes) return base::fail(too_large(peer));
  return BodyReader(framing, peer, max_bytes);
}

base::Result<BodyPiece> BodyReader::next(std::string_view bytes) {
  if (framing_.kind == Framing::Kind::kChunked) return chunks_.next(bytes);
  BodyPiece piece;
  if (done()) {
    piece.done = true;
    return piece;
  }
  std::uint64_t take = bytes.size();
  if (framing_.kind == Framing::Kind::kLength) take = std::min(take, framing_.length - payload_);
  if (take > max_bytes_ - payload_) return base::fail(too_large(peer_));
  payload_ += take;
  piece.consumed = static_cast<std::size_t>(take);
  piece.payload = piece.raw = bytes.substr(0, piece.consumed);
  piece.done = done();
  return piece;
}

base::Result<void> BodyReader::close() {
  closed_ = true;
  if (done()) return {};
  return base::fail(
      codec_error(peer_, base::ErrorCode::kReset, "the connection closed before the body was complete", "body"));
}

bool BodyReader::done() const {
  switch (framing_.kind) {
    case Framing::Kind::kNone:
      return true;
    case Framing::Kind::kLength:
      return payload_ == framing_.length;
    case Framing::Kind::kChunked:
      return chunks_.done();
    case Framing::Kind::kUntilClose:
      return closed_;
  }
  return true;
}

std::uint64_t BodyReader::payload_bytes() const {
  return framing_.kind == Framing::Kind::kChunked ? chunks_.payload_bytes() : payload_;
}

}  // namespace pointsman::http
