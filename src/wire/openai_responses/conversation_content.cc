#include <utility>

#include "wire/openai_responses/conversation_reading.h"
#include "wire/openai_responses/media.h"

namespace pointsman::wire::openai_responses {

using llm::Part;
using llm::PartKind;

void ConversationReading::contents(const Path& at, std::vector<Part>& parts) {
  if (cursor().skip_if_null()) return;
  if (cursor().peek() == '"') return text(parts.emplace_back().text, at);
  if (!expect('[', "a string or an array of parts", at)) return;
  std::size_t index = 0;
  for (bool more = cursor().enter_array(); more; more = cursor().next_element()) content(at.element(index++), parts);
}

void ConversationReading::content(const Path& at, std::vector<Part>& parts) {
  if (!expect('{', "an object", at) || !room(at)) return;
  const Label label = look_ahead(cursor());
  if (failed()) return;
  const auto is = [&label](std::string_view type) { return label.type.is(type); };
  Part part;
  if (is("input_text") || is("output_text") || is("text")) {
    text_part(at, part, false);
  } else if (is("refusal")) {
    text_part(at, part, true);
  } else if (is("input_image")) {
    image_part(at, part);
  } else if (is("input_file")) {
    file_part(at, part);
  } else if (is("input_audio")) {
    audio_part(at, part);
  } else if (!label.has_type) {
    return refuse("the member \"type\" is required", at.member("type"));
  } else {
    cursor().skip();
    return lose(at.words() + ": " + short_text(label.type), false);
  }
  parts.push_back(std::move(part));
}

// Members of a part that carry nothing to the model, or hints only.
void ConversationReading::part_extra(const Path& at) {
  const json::RawString& key = cursor().key();
  if (key.is("type") || key.is("logprobs")) return cursor().skip();
  if (key.is("prompt_cache_breakpoint")) return drop(at.member("prompt_cache_breakpoint"), true);
  if (key.is("annotations")) return drop_filled(at.member("annotations"), true);
  drop_unknown(at);
}

void ConversationReading::text_part(const Path& at, Part& part, bool refusal) {
  const std::string_view name = refusal ? "refusal" : "text";
  bool filled = false;
  if (refusal) part.kind = PartKind::kRefusal;
  for (bool more = cursor().enter_object(); more; more = cursor().next_member()) {
    if (cursor().key_is(name)) {
      filled = true;
      text(part.text, at.member(name));
    } else {
      part_extra(at);
    }
  }
  if (!filled) refuse("the member \"" + std::string(name) + "\" is required", at.member(name));
}

void ConversationReading::image_part(const Path& at, Part& part) {
  part.kind = PartKind::kImage;
  std::string url;
  for (bool more = cursor().enter_object(); more; more = cursor().next_member()) {
    const json::RawString& key = cursor().key();
    if (key.is("image_url")) {
      text(url, at.member("image_url"));
    } else if (key.is("file_id")) {
      text(part.media.file_id, at.member("file_id"));
    } else if (key.is("detail")) {
      text(part.media.detail, at.member("detail"));
    } else {
      part_extra(at);
    }
  }
  if (!url.empty()) {
    part.media.file_id.clear();
    set_url(url, part.media);
  } else if (part.media.file_id.empty()) {
    refuse("an image needs \"image_url\" or \"file_id\"", at);
  }
}

void ConversationReading::file_part(const Path& at, Part& part) {
  part.kind = PartKind::kFile;
  std::string url, data;
  for (bool more = cursor().enter_object(); more; more = cursor().next_member()) {
    const json::RawString& key = cursor().key();
    if (key.is("file_url")) {
      text(url, at.member("file_url"));
    } else if (key.is("file_data")) {
      text(data, at.member("file_data"));
    } else if (key.is("file_id")) {
      text(part.media.file_id, at.member("file_id"));
    } else if (key.is("filename")) {
      text(part.media.name, at.member("filename"));
    } else if (key.is("detail")) {
      drop_unless("auto", at.member("detail"), true);
    } else {
      part_extra(at);
    }
  }
  if (!data.empty()) {
    part.media.file_id.clear();
    set_file_data(data, part.media);
  } else if (!url.empty()) {
    part.media.file_id.clear();
    set_url(url, part.media);
  } else if (part.media.file_id.empty()) {
    refuse("a file needs \"file_data\", \"file_url\" or \"file_id\"", at);
  }
}

// {"type":"input_audio","input_audio":{"data":"...","format":"mp3"}}
void ConversationReading::audio_part(const Path& at, Part& part) {
  part.kind = PartKind::kAudio;
  const Path inner = at.member("input_audio");
  for (bool more = cursor().enter_object(); more; more = cursor().next_member()) {
    if (!cursor().key_is("input_audio")) {
      part_extra(at);
      continue;
    }
    if (!expect('{', "an object", inner)) return;
    std::string format;
    for (bool member = cursor().enter_object(); member; member = cursor().next_member()) {
      if (cursor().key_is("data")) {
        text(part.media.data, inner.member("data"));
      } else if (cursor().key_is("format")) {
        text(format, inner.member("format"));
      } else {
        drop_unknown(inner);
      }
    }
    if (!format.empty()) part.media.media_type = "audio/" + format;
  }
  if (part.media.data.empty()) refuse("the member \"data\" is required", inner.member("data"));
}

}  // namespace pointsman::wire::openai_responses
