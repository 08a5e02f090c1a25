// What wire_bench.cc measures on: requests of about a size, and answers as they stream, in each protocol. Made in code.
//
// Plain values. The request of a size says the same in every protocol: it is written as a chat completion, and our
// own writers make the others of it. The chunks of streams are spelt as the providers spell theirs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace pointsman::bench {

enum class Dialect : std::uint8_t { kChat, kMessages, kResponses };

// A streamed request. Below 4 KB: a system prompt and a few short turns. Above: four tools with schemas, calls of them
// with results, an image (half the body), and turns of English and code.
std::string chat_request(std::size_t bytes);

enum class Said : std::uint8_t { kText, kArguments };

// One answer: every element is one read from the connection, with one event of the protocol.
struct Stream {
  std::vector<std::string> opening;
  std::vector<std::string> deltas;  // tokens of four or five characters, of a text or of one call's arguments
  std::vector<std::string> closing;
};
Stream make_stream(Dialect dialect, Said said, std::size_t deltas);

}  // namespace pointsman::bench
