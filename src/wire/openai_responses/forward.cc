#include "wire/openai_responses/forward.h"

#include <algorithm>
#include <vector>

#include "wire/openai_responses/sealed.h"

namespace pointsman::wire::openai_responses {
namespace {

struct Element {
  llm::ByteRange bytes;
  bool sealed = false;
};

bool begins_with_mark(const json::RawString& text) {
  return text.raw.starts_with(kSealMark);
}

// Consumes an item; whether its "encrypted_content" is one of ours.
bool skip_item(json::Cursor& cursor) {
  bool sealed = false;
  if (cursor.peek() != '{') {
    cursor.skip();
    return false;
  }
  for (bool more = cursor.enter_object(); more; more = cursor.next_member()) {
    json::RawString text;
    if (cursor.key_is("encrypted_content") && cursor.read_string(text)) {
      sealed = sealed || begins_with_mark(text);
    } else {
      cursor.skip();
    }
  }
  return sealed;
}

std::vector<Element> items_of(std::string_view body, json::Document& document) {
  std::vector<Element> out;
  if (!document.open(body)) return out;
  json::Cursor cursor = document.root();
  for (bool more = cursor.enter_object(); more; more = cursor.next_member()) {
    if (!cursor.key_is("input") || cursor.peek() != '[') {
      cursor.skip();
      continue;
    }
    for (bool item = cursor.enter_array(); item; item = cursor.next_element()) {
      Element one;
      one.bytes.begin = cursor.offset();
      one.sealed = skip_item(cursor);
      one.bytes.end = cursor.last_end();
      out.push_back(one);
    }
  }
  if (!cursor.finished()) out.clear();
  document.close();
  return out;
}

// The bytes to take out so that the array stays one: each run of sealed items with the comma behind or before it.
std::vector<llm::ByteRange> cuts_of(const std::vector<Element>& items) {
  std::vector<llm::ByteRange> out;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (!items[i].sealed) continue;
    std::size_t next = i;
    while (next < items.size() && items[next].sealed) ++next;
    if (next < items.size()) {
      out.push_back({items[i].bytes.begin, items[next].bytes.begin});
    } else if (i > 0) {
      out.push_back({items[i - 1].bytes.end, items.back().bytes.end});
    } else {
      out.push_back({items[i].bytes.begin, items.back().bytes.end});
    }
    i = next;
  }
  return out;
}

}  // namespace

base::Result<std::size_t> forward_body(const llm::ChatRequest& request, std::string_view upstream_model,
                                       json::Document& document, json::Splices& out) {
  out.reset(request.body);
  std::size_t left_out = 0;
  std::vector<llm::ByteRange> cuts;
  if (request.body.find(kSealMark) != std::string_view::npos) {
    const auto items = items_of(request.body, document);
    left_out = static_cast<std::size_t>(std::ranges::count(items, true, &Element::sealed));
    cuts = cuts_of(items);
  }
  const llm::ByteRange model = request.model_value;
  if (request.model != upstream_model) {
    cuts.insert(std::ranges::upper_bound(cuts, model.begin, {}, &llm::ByteRange::begin), model);
  }
  bool good = true;
  for (const llm::ByteRange& cut : cuts) {
    const bool renames = cut.begin == model.begin && cut.end == model.end;
    good = good &&
           (renames ? out.replace_string(cut.begin, cut.end, upstream_model) : out.replace(cut.begin, cut.end, {}));
  }
  if (!good) return base::fail(base::ErrorCode::kInternal, "the ranges of a request do not fit its body");
  return left_out;
}

}  // namespace pointsman::wire::openai_responses
