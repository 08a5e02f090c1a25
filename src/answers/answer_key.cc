#include "answers/answer_key.h"

#include <cstring>
#include <string>

namespace pointsman::answers {
namespace {

constexpr std::string_view kForm = "pointsman answer key 1";

void add(std::string& out, std::string_view part) {
  const std::uint64_t size = part.size();
  char length[sizeof size];
  std::memcpy(length, &size, sizeof size);
  out.append(length, sizeof length);
  out += part;
}

}  // namespace

// Every part has its length before it, so that no two sets of parts make the same text.
AnswerKey key_of(const KeyParts& parts) {
  std::string text(kForm);
  text.append(reinterpret_cast<const char*>(parts.content.data()), parts.content.size());
  text += static_cast<char>(parts.protocol);
  text += static_cast<char>(parts.stream);
  text += static_cast<char>(parts.holder);
  for (const std::string_view part : {parts.path, parts.fields, parts.holder_name, parts.category, parts.model,
                                      parts.policy_version, parts.config_version}) {
    add(text, part);
  }
  return base::sha256(text);
}

}  // namespace pointsman::answers
