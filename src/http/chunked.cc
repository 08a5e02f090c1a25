#include "http/chunked.h"

#include <algorithm>

#include "http/characters.h"

namespace pointsman::http {
namespace {

using base::ErrorCode;

constexpr int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

}  // namespace

base::Result<BodyPiece> ChunkScanner::next(std::string_view bytes) {
  if (state_ == State::kFailed) return base::fail(*error_);
  BodyPiece piece;
  std::size_t at = 0;
  const bool trailers = state_ >= State::kTrailerStart && state_ <= State::kTrailerEndLf;
  while (at < bytes.size() && state_ != State::kDone) {
    if (state_ == State::kData) {
      const auto run = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size() - at));
      piece.payload = bytes.substr(at, run);
      at += run;
      payload_ += run;
      left_ -= run;
      if (left_ == 0) state_ = State::kDataCr;
      break;
    }
    const Step made = step(bytes[at]);
    if (made == Step::kFail) return base::fail(*error_);
    if (made == Step::kStopBefore) {
      if (at != 0) break;
      // Nothing stands before the trailers in this call: go on with them.
      piece = {};
      return next(bytes);
    }
    ++at;
  }
  piece.consumed = at;
  piece.done = state_ == State::kDone;
  if (!trailers) piece.raw = bytes.substr(0, at);
  if (trailers && piece.done && at != 0) piece.tail = "\r\n";
  return piece;
}

ChunkScanner::Step ChunkScanner::step(char c) {
  switch (state_) {
    case State::kSize:
      return step_size(c);
    case State::kExtension:
      return step_extension(c);
    case State::kSizeLf:
      return step_size_end(c);
    case State::kDataCr:
      return expect(c, '\r', State::kDataLf);
    case State::kDataLf:
      return expect(c, '\n', State::kSize);
    case State::kEndOrTrailer:
      if (c == '\r') return expect(c, '\r', State::kEndLf);
      if (peer_ == Peer::kClient) return refuse(ErrorCode::kParse, "trailer fields are not accepted in a request");
      state_ = State::kTrailerStart;
      return Step::kStopBefore;
    case State::kEndLf:
    case State::kTrailerEndLf:
      return expect(c, '\n', State::kDone);
    default:
      return step_trailer(c);
  }
}

ChunkScanner::Step ChunkScanner::step_size(char c) {
  const int value = hex_value(c);
  if (value >= 0) {
    if (++digits_ > kMaxSizeDigits) return refuse(ErrorCode::kParse, "a chunk size has more than 15 digits");
    left_ = left_ * 16 + static_cast<std::uint64_t>(value);
    return Step::kTake;
  }
  if (digits_ == 0) return refuse(ErrorCode::kParse, "a chunk size must begin with a hexadecimal digit");
  if (c == '\r') {
    state_ = State::kSizeLf;
    return Step::kTake;
  }
  if (c == ';' && peer_ == Peer::kUpstream) {
    state_ = State::kExtension;
    extension_ = 1;
    return Step::kTake;
  }
  return refuse(ErrorCode::kParse, c == ';' ? "chunk extensions are not accepted in a request"
                                            : "a chunk size must be hexadecimal digits ended by CRLF");
}

ChunkScanner::Step ChunkScanner::step_extension(char c) {
  if (c == '\r') {
    state_ = State::kSizeLf;
    return Step::kTake;
  }
  if (is_class(c, kControlByte) || c == '\t') {
    return refuse(ErrorCode::kParse, "a control character in a chunk extension");
  }
  if (++extension_ > kMaxExtensionBytes) return refuse(ErrorCode::kParse, "a chunk extension is too long");
  return Step::kTake;
}

ChunkScanner::Step ChunkScanner::step_size_end(char c) {
  if (c != '\n') return refuse(ErrorCode::kParse, "CR without LF after a chunk size");
  digits_ = 0;
  if (left_ == 0) {
    state_ = State::kEndOrTrailer;
    return Step::kTake;
  }
  if (left_ > max_payload_ - payload_) return refuse(ErrorCode::kTooLarge, "the body is larger than allowed");
  state_ = State::kData;
  return Step::kTake;
}

ChunkScanner::Step ChunkScanner::step_trailer(char c) {
  if (++trailer_ > kMaxTrailerBytes) return refuse(ErrorCode::kParse, "the trailer fields are too large");
  switch (state_) {
    case State::kTrailerStart:
      if (c == '\r') return expect(c, '\r', State::kTrailerEndLf);
      if (!is_class(c, kTokenByte)) return refuse(ErrorCode::kParse, "a trailer field must begin with its name");
      state_ = State::kTrailerName;
      return Step::kTake;
    case State::kTrailerName:
      if (c == ':') state_ = State::kTrailerValue;
      if (c == ':' || is_class(c, kTokenByte)) return Step::kTake;
      return refuse(ErrorCode::kParse, "a trailer field's name holds a character that is not allowed");
    case State::kTrailerValue:
      if (c == '\r') return expect(c, '\r', State::kTrailerLf);
      if (!is_class(c, kControlByte)) return Step::kTake;
      return refuse(ErrorCode::kParse, "a control character in a trailer field");
    default:
      return expect(c, '\n', State::kTrailerStart);
  }
}

ChunkScanner::Step ChunkScanner::expect(char c, char wanted, State then) {
  if (c != wanted) return refuse(ErrorCode::kParse, "CRLF is missing where the chunked coding needs it");
  state_ = then;
  return Step::kTake;
}

ChunkScanner::Step ChunkScanner::refuse(ErrorCode code, std::string_view message) {
  error_ = codec_error(peer_, code, message, "body");
  state_ = State::kFailed;
  return Step::kFail;
}

}  // namespace pointsman::http
