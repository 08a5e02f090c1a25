// links: pm_json
// parses: json/growing_text json/growing_path json/strict_reader json/document json/text
// Growing JSON: the scanner agrees with the readers of whole texts, says the same however the text is cut, and what it
// showed is never taken back; the patch events stay within their bound and each is JSON.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "json/document.h"
#include "json/fault.h"
#include "json/growing_value.h"
#include "json/patch_stream.h"
#include "json/text.h"

namespace {

using namespace pointsman;

void require(bool good) {
  if (!good) std::abort();
}

// The changes as a text in which it does not show where strings were cut.
struct Log {
  std::string text;
  bool appending = false;
  void patch(const json::Patch& patch) {
    const bool append = patch.op == json::PatchOp::kAppend;
    require(json::find_invalid_utf8(patch.text) == std::string_view::npos);
    if (!append || !appending) {
      text += static_cast<char>('0' + static_cast<int>(patch.op));
      patch.path.append_pointer(text);
      text += '=';
    }
    text += patch.text;
    appending = append;
  }
};

// Feeds `text` in pieces of `step` bytes, each an exact block of its own.
template <class Feed>
void in_pieces(std::string_view text, std::size_t step, Feed feed) {
  for (std::size_t at = 0; at < text.size(); at += step) {
    const std::string_view piece = text.substr(at, step);
    const std::unique_ptr<char[]> exact(new char[piece.size()]);
    std::copy(piece.begin(), piece.end(), exact.get());
    feed(std::string_view(exact.get(), piece.size()));
  }
}

std::string outcome(std::string_view text, std::size_t step, json::GrowthLimits limits) {
  Log log;
  json::GrowingValue<Log> value(log, limits);
  std::string before;
  in_pieces(text, step, [&](std::string_view piece) {
    value.feed(piece);
    if (text.size() > 160) return;
    const std::string now = value.snapshot();
    require(now.empty() ? before.empty() : !json::find_fault(now));
    before = now;
  });
  const bool complete = value.finish();
  log.text += complete ? "!" : "?";
  if (value.fault()) log.text += std::to_string(value.fault()->offset) + std::string(value.fault()->what);
  return log.text + value.snapshot();
}

void check_events(std::string_view text, std::size_t step) {
  static json::Document document;
  std::string events;
  json::PatchedText patched(0, {.head = "", .tail = "\n"});
  in_pieces(text, step, [&](std::string_view piece) { patched.feed(piece, events); });
  patched.finish({}, events);
  require(events.size() <= json::PatchStream::kFree + text.size() * 19 / 10 + json::PatchStream::kLast);
  // An event is nested two levels deeper than its value.
  const auto is_bracket = [](char c) { return c == '[' || c == '{'; };
  const bool shallow = std::ranges::count_if(text, is_bracket) <= json::kMaxDepth - 2;
  for (std::string_view rest = events; !rest.empty();) {
    const std::size_t end = rest.find('\n');
    require(end != std::string_view::npos);
    require(!shallow || document.validate(rest.substr(0, end)).has_value());
    rest.remove_prefix(end + 1);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::size_t step = data[0] % 16 + 1U;
  const json::GrowthLimits limits =
      data[1] < 200 ? json::GrowthLimits{} : json::GrowthLimits{.bytes = data[1] - 200U, .nodes = 20};
  const std::string_view text(reinterpret_cast<const char*>(data) + 2, size - 2);
  const std::string whole = outcome(text, std::max<std::size_t>(1, text.size()), limits);
  require(whole == outcome(text, step, limits));

  json::GrowingValue<> value({.bytes = 64U << 20, .nodes = 1U << 24},
                             {.name_bytes = 1U << 24, .number_bytes = 1U << 24});
  value.feed(text);
  const bool good = value.finish();
  require(good == !json::find_fault(text).has_value());
  static json::Document document;
  require(document.validate(text).has_value() == good);
  if (good) require(document.validate(value.snapshot()).has_value());
  check_events(text, step);
  return 0;
}
