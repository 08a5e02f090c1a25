// The field lines of a head, and what they say about framing: the part requests and responses share.
//
// Private to the codec. Pure and stateless but for the FieldFacts being filled; views point into the head's bytes.
#pragma once

#include <string_view>

#include "base/result.h"
#include "http/head.h"
#include "http/peer.h"

namespace pointsman::http {

// A field that may appear once: its value, how often it came, and whether it was written without surplus white space.
struct SingleField {
  std::string_view value;
  unsigned count = 0;
  bool tight = true;
};

struct FieldFacts {
  SingleField host;
  SingleField content_length;
  SingleField transfer_encoding;
  SingleField expect;
  bool close = false;  // the Connection options seen
  bool keep_alive = false;
};

// Reads the field lines at `p` up to the empty line that ends the head at `end`. Needs [p, end) to end in CRLF CRLF or
// to be just CRLF.
base::Result<void> parse_fields(const char* p, const char* end, Peer peer, const Limits& limits, FieldList& fields,
                                FieldFacts& facts);

// The framing that Content-Length and Transfer-Encoding ask for: kNone, kLength or kChunked; errors by the rules of
// head.h. `minor_version` is the message's own.
base::Result<Framing> framing_of(const FieldFacts& facts, Peer peer, int minor_version);

// True if the connection may carry another message after this one.
inline bool persistent(const FieldFacts& facts, int minor_version) {
  return !facts.close && (minor_version == 1 || facts.keep_alive);
}

}  // namespace pointsman::http
