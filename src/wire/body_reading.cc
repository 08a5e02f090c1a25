#include "wire/body_reading.h"

#include <utility>

#include "base/hash.h"
#include "wire/excerpt.h"

namespace pointsman::wire {
namespace {

// Raw \uXXXX text is decoded in steps of this size before its tokens are estimated.
constexpr std::size_t kDecodeStep = 4096;
// 3.5 bytes a token.
constexpr std::int64_t kJsonBytesPerTwoTokens = 7;

// Vectors that one huge request grew are given back.
constexpr std::size_t kKeepParts = 1024;

void clear(llm::ChatRequest& out, std::string_view body) {
  // Field by field, so that the strings keep their capacity.
  std::string model = std::move(out.model);
  std::string text = std::move(out.text);
  std::string context = std::move(out.context);
  out = llm::ChatRequest{};
  out.body = body;
  (out.model = std::move(model)).clear();
  (out.text = std::move(text)).clear();
  (out.context = std::move(context)).clear();
}

}  // namespace

base::Result<void> BodyReading::run(std::string_view body) {
  clear(out_, body);
  auto result = space_.document.open(body);
  if (result) result = walk();
  space_.document.close();
  if (space_.parts.capacity() > kKeepParts) std::vector<json::RawString>().swap(space_.parts);
  return result;
}

base::Result<void> BodyReading::walk() {
  cursor_ = space_.document.root();
  if (expect('{', "the body must be a JSON object")) members();
  if (error_) {
    // A body that is not JSON at all is told so first, whatever else is wrong with it.
    if (const auto fault = json::find_fault(out_.body)) return base::fail(json::to_error(*fault));
    return base::fail(*std::move(error_));
  }
  if (!cursor_.finished()) return base::fail(space_.document.error());
  conclude();
  if (error_) return base::fail(*std::move(error_));
  return {};
}

void BodyReading::model() {
  out_.model_value.begin = cursor_.offset();
  json::RawString name;
  if (!string(name, "must be a string, the name of a model or route")) return;
  out_.model_value.end = cursor_.last_end();
  // Before decoding, so that a huge string is not copied: no escape is longer than six bytes.
  if (name.raw.size() <= 6 * kMaxModelBytes) json::unescape(name.raw, out_.model);
  if (name.raw.empty()) return refuse("must not be empty");
  if (name.raw.size() > 6 * kMaxModelBytes || out_.model.size() > kMaxModelBytes) {
    refuse("is longer than " + std::to_string(kMaxModelBytes) + " bytes");
  }
}

void BodyReading::user(std::uint64_t& out) {
  json::RawString name;
  if (cursor_.peek() != '"') return cursor_.skip();
  if (!string(name, "must be a string") || name.raw.empty()) return;
  space_.scratch.clear();
  json::unescape(name.raw, space_.scratch);
  out = base::xxh3(space_.scratch);
}

void BodyReading::add_text(const json::RawString& text) {
  text_tokens_.separate();
  if (text.escapes != json::Escapes::kUnicode) return text_tokens_.add(text.raw);
  json::Unescaper unescaper(text.raw);
  while (!unescaper.done()) {
    space_.scratch.clear();
    unescaper.append_to(space_.scratch, kDecodeStep);
    text_tokens_.add(space_.scratch);
  }
}

void BodyReading::add_bytes(std::size_t bytes) {
  flat_tokens_ += (static_cast<std::int64_t>(bytes) * 2 + kJsonBytesPerTwoTokens - 1) / kJsonBytesPerTwoTokens;
}

void BodyReading::collect(Place place) {
  space_.parts.clear();
  if (!place.present) return;
  json::Cursor cursor = cursor_;
  cursor.seek(place.mark);
  json::RawString text;
  if (cursor.read_string(text)) {
    space_.parts.push_back(text);
    return;
  }
  for (bool more = cursor.enter_array(); more; more = cursor.next_element()) {
    for (bool member = cursor.enter_object(); member; member = cursor.next_member()) {
      if (cursor.key_is("text") && cursor.read_string(text)) {
        space_.parts.push_back(text);
      } else {
        cursor.skip();
      }
    }
  }
}

void BodyReading::hash_text(Place place) {
  collect(place);
  for (const json::RawString& part : space_.parts) out_.conversation = base::xxh3(part.raw, out_.conversation);
}

void BodyReading::excerpt_of(Place place, std::size_t limit, std::string& out) {
  collect(place);
  excerpt(space_.parts, limit, space_.scratch, out);
}

}  // namespace pointsman::wire
