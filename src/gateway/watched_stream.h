// A stream on its way to the client with a watch on its JSON: the client's own events as they are, patch events between
// them, and nothing at all of it as long as the answer may still be given up for another.
//
// One per answer, on its loop. Works on what the client would get, whole events at a time: at most one incomplete event
// (8 MiB) is kept, and at most kMostHeld of a stream that is held.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "gateway/structured_watch.h"
#include "json/document.h"
#include "llm/protocol.h"

namespace pointsman::gateway {

class WatchedStream {
 public:
  static constexpr std::size_t kMostHeld = 64U << 10;

  // All outlive it. `hold`: let nothing out before the watch has seen its first value begin well.
  WatchedStream(llm::Protocol client, StructuredWatch& watch, bool hold, json::Document& document);

  // Takes the next bytes for the client and appends to `out` what it gets now.
  void feed(std::string_view bytes, std::string& out);
  // Nothing has gone out, and nothing will before more has come.
  bool holding() const { return holding_; }
  // Nothing follows: what was kept back goes out as it came.
  void end(std::string& out);

 private:
  void release(std::string& out);

  StructuredWatch& watch_;
  bool holding_;
  llm::SseScanner scanner_{kMostEvent};
  std::unique_ptr<llm::StreamReader> reader_;
  std::string kept_;  // bytes of the stream from kept_begin_ on that have not gone out
  std::uint64_t kept_begin_ = 0;
  std::string ready_;  // what may go out once nothing is held any more

  static constexpr std::size_t kMostEvent = 8U << 20;
};

}  // namespace pointsman::gateway
