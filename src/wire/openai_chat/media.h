// Images, sounds and files as Chat Completions spells them, to and from llm::Media.
//
// Pure functions. Data URLs (RFC 2397) are split into media type and base64; the base64 is carried, never decoded.
#pragma once

#include <string>
#include <string_view>

#include "llm/conversation.h"

namespace pointsman::wire::openai_chat {

// Sets url, or media_type and data if `url` is a base64 data URL.
void set_url(std::string url, llm::Media& out);
// Its url, or a data URL of its data.
std::string url_of(const llm::Media& media);

// "wav" -> "audio/wav", "mp3" -> "audio/mpeg".
std::string audio_type_of(std::string_view format);

}  // namespace pointsman::wire::openai_chat
