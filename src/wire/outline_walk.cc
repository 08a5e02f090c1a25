#include "wire/outline_walk.h"

#include "base/hash.h"

namespace pointsman::wire {

base::Result<void> OutlineWalk::run(std::string_view body, json::Document& document) {
  out_.clear();
  auto result = document.open(body);
  if (result) result = walk(body, document);
  document.close();
  if (result) {
    llm::settle(out_);
  } else {
    out_.clear();
  }
  return result;
}

base::Result<void> OutlineWalk::walk(std::string_view body, json::Document& document) {
  cursor_ = document.root();
  if (expect('{', "the body must be a JSON object")) members();
  if (error_) {
    // A body that is not JSON at all is told so first, whatever else is wrong with it.
    if (const auto fault = json::find_fault(body)) return base::fail(json::to_error(*fault));
    return base::fail(*std::move(error_));
  }
  if (!cursor_.finished()) return base::fail(document.error());
  return {};
}

bool OutlineWalk::count_entry() {
  if (out_.items.size() + out_.calls.size() + out_.results.size() < kMostEntries) return true;
  refuse("is beyond the " + std::to_string(kMostEntries) + " messages, calls and results that a body may have");
  return false;
}

bool OutlineWalk::begin_item() {
  if (!expect('{', "must be an object") || !count_entry()) return false;
  llm::OutlineItem& item = out_.items.emplace_back();
  item.bytes.begin = cursor_.offset();
  item.calls_begin = item.calls_end = static_cast<std::uint32_t>(out_.calls.size());
  item.results_begin = item.results_end = static_cast<std::uint32_t>(out_.results.size());
  return true;
}

void OutlineWalk::end_item() {
  if (cursor_.failed()) return;
  item().bytes.end = cursor_.last_end();
  item().calls_end = static_cast<std::uint32_t>(out_.calls.size());
  item().results_end = static_cast<std::uint32_t>(out_.results.size());
}

void OutlineWalk::add_call(const Id& id) {
  if (cursor_.failed() || !count_entry()) return;
  out_.calls.push_back(
      {.item = static_cast<std::uint32_t>(out_.items.size() - 1), .key = key_of(id.text), .id = id.range});
}

void OutlineWalk::add_result(const Id& id, llm::ByteRange content) {
  if (cursor_.failed() || !count_entry()) return;
  out_.results.push_back({.item = static_cast<std::uint32_t>(out_.items.size() - 1),
                          .call = llm::kNoIndex,
                          .key = key_of(id.text),
                          .id = id.range,
                          .content = content});
}

std::uint64_t OutlineWalk::key_of(const json::RawString& id) {
  if (id.escapes == json::Escapes::kNone) return base::xxh3(id.raw);
  scratch_.clear();
  json::unescape(id.raw, scratch_);
  return base::xxh3(scratch_);
}

llm::ByteRange OutlineWalk::range() {
  const std::size_t begin = cursor_.offset();
  cursor_.skip();
  return cursor_.failed() ? llm::ByteRange{} : llm::ByteRange{begin, cursor_.last_end()};
}

void OutlineWalk::read_id(Id& out) {
  if (cursor_.peek() != '"') return cursor_.skip();
  const std::size_t begin = cursor_.offset();
  if (cursor_.read_string(out.text)) out.range = {begin, cursor_.last_end()};
}

llm::ByteRange OutlineWalk::text_range() {
  const char first = cursor_.peek();
  const llm::ByteRange all = range();
  return first == '"' || first == '[' ? all : llm::ByteRange{};
}

void OutlineWalk::cache_marker() {
  if (cursor_.peek() == '{') ++item().cache_markers;
  cursor_.skip();
}

bool OutlineWalk::filled_string() {
  json::RawString text;
  if (cursor_.read_string(text)) return !text.raw.empty();
  cursor_.skip();
  return false;
}

void OutlineWalk::markers_within() {
  if (cursor_.peek() == '{') return object_markers();
  if (cursor_.peek() != '[') return cursor_.skip();
  for (bool more = cursor_.enter_array(); more; more = cursor_.next_element()) {
    if (cursor_.peek() == '{') {
      object_markers();
    } else {
      cursor_.skip();
    }
  }
}

void OutlineWalk::object_markers() {
  for (bool more = cursor_.enter_object(); more; more = cursor_.next_member()) {
    if (cursor_.key_is("cache_control")) {
      cache_marker();
    } else {
      cursor_.skip();
    }
  }
}

void OutlineWalk::look_for_seal() {
  if (cursor_.peek() != '[') return cursor_.skip();
  for (bool more = cursor_.enter_array(); more; more = cursor_.next_element()) {
    if (cursor_.peek() != '{') {
      cursor_.skip();
      continue;
    }
    for (bool member = cursor_.enter_object(); member; member = cursor_.next_member()) {
      if (!cursor_.key_is("signature") && !cursor_.key_is("data")) {
        cursor_.skip();
      } else if (filled_string()) {
        item().sealed = true;
      }
    }
  }
}

}  // namespace pointsman::wire
