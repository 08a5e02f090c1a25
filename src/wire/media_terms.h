// How protocols name media, where more than one of them says it alike.
// Pure functions, any thread.
#pragma once

#include <string_view>

namespace pointsman::wire {

// A name for a file that has none, by its type: "document.pdf". OpenAI refuses a file whose content is sent without
// one.
std::string_view file_name_of(std::string_view media_type);

// The format of a sound by its type: "audio/wav" -> "wav", "audio/mpeg" -> "mp3".
std::string_view audio_format_of(std::string_view media_type);

// Whether an id names a file in the store of the Messages API's provider, where it means nothing to others, as theirs
// ("file-...") do there.
bool is_in_messages_store(std::string_view file_id);

}  // namespace pointsman::wire
