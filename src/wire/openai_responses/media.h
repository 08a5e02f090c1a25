// What a URL or a bare base64 text of an image, file or audio is in neutral form.
//
// Pure functions, any thread.
#pragma once

#include <string>
#include <string_view>

#include "llm/conversation.h"

namespace pointsman::wire::openai_responses {

// Sets url, or of a data: URL in base64 (RFC 2397) media_type and data.
void set_url(std::string_view url, llm::Media& out);
// The same for the content of a file: a data: URL, or base64 without one.
void set_file_data(std::string_view data, llm::Media& out);
// A URL for it: its own, or a data: URL. Empty if it is only named by a file's id.
std::string url_of(const llm::Media& media, std::string_view usual_type);

}  // namespace pointsman::wire::openai_responses
