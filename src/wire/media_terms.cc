#include "wire/media_terms.h"

namespace pointsman::wire {

std::string_view file_name_of(std::string_view media_type) {
  if (media_type == "application/pdf") return "document.pdf";
  if (media_type == "text/plain") return "document.txt";
  return media_type.starts_with("text/") ? "document.md" : "document";
}

std::string_view audio_format_of(std::string_view media_type) {
  if (media_type == "audio/mpeg" || media_type == "audio/mp3") return "mp3";
  if (media_type == "audio/x-wav" || media_type == "audio/wave") return "wav";
  return media_type.substr(media_type.find('/') + 1);
}

bool is_in_messages_store(std::string_view file_id) {
  return file_id.starts_with("file_");
}

}  // namespace pointsman::wire
