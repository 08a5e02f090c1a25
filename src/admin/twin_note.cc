#include "admin/twin_note.h"

#include "base/log.h"

namespace pointsman::admin {

void note_twin(const Call& call, const TwinNote& note) {
  const auto kept = call.note(note.kind, note.subject, note.detail);
  if (!kept) base::log_error("admin: where {} came from could not be noted: {}", note.kind, kept.error().message());
}

}  // namespace pointsman::admin
