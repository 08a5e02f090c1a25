#include "gateway/watched_stream.h"

#include "gateway/answer_forms.h"

namespace pointsman::gateway {

WatchedStream::WatchedStream(llm::Protocol client, StructuredWatch& watch, bool hold, json::Document& document)
    : watch_(watch), holding_(hold), reader_(make_stream_reader(client, document)) {}

void WatchedStream::feed(std::string_view bytes, std::string& out) {
  kept_ += bytes;
  scanner_.feed(bytes);
  llm::SseEvent event;
  std::size_t taken = 0;
  while (scanner_.next(event)) {
    if (!event.oversize) reader_->read(event, watch_);
    // The protocol's last word is the last event that a client looks at.
    const bool last = reader_->done();
    if (last) watch_.finish();
    if (last) ready_ += watch_.out();
    const std::uint64_t end = event.end - kept_begin_;
    ready_.append(kept_, taken, end - taken);
    taken = end;
    if (!last) ready_ += watch_.out();
    watch_.out().clear();
  }
  kept_.erase(0, taken);
  kept_begin_ += taken;
  release(out);
}

void WatchedStream::release(std::string& out) {
  if (holding_ && !watch_.begun() && !reader_->done() && ready_.size() < kMostHeld) return;
  if (holding_ && watch_.impossible()) return;
  holding_ = false;
  out += ready_;
  ready_.clear();
}

void WatchedStream::end(std::string& out) {
  reader_->finish(watch_);
  watch_.finish();
  ready_ += watch_.out();
  watch_.out().clear();
  ready_ += kept_;
  kept_.clear();
  if (holding_ && watch_.impossible()) return;
  holding_ = false;
  out += ready_;
  ready_.clear();
}

}  // namespace pointsman::gateway
