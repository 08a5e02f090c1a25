#include "json/patch_stream.h"

#include "json/writer.h"

namespace pointsman::json {
namespace {

// Largest stretch of text that one event of a PatchedText tells of.
constexpr std::size_t kSlice = 16U << 10;

}  // namespace

void PatchStream::begin_event(std::string& out) {
  event_begin_ = out.size();
  out += envelope_.head;
}

void PatchStream::end_event(std::string& out) {
  out += envelope_.tail;
  written_ += out.size() - event_begin_;
}

void PatchStream::open(const PatchTarget& target, std::string& out) {
  begin_event(out);
  {
    Writer writer(out);
    writer.begin_object().key("open").raw(id_).member("choice", target.choice);
    if (target.tool) {
      writer.key("tool").begin_object().member("index", target.tool->index);
      writer.member("id", target.tool->id).member("name", target.tool->name).end_object();
    }
    writer.end_object();
  }
  end_event(out);
}

void PatchStream::fed(std::size_t bytes, std::string& out) {
  fed_ += bytes;
  if (!ops_.visible()) return;
  static constexpr std::size_t kBrackets = 2;
  const std::uint64_t frame = envelope_.head.size() + kBrackets + id_.size() + envelope_.tail.size();
  const std::uint64_t allowed = kFree + fed_ * 19 / 10;
  if (written_ + frame + ops_.least_size() > allowed || written_ + frame + ops_.size() > allowed) return;
  begin_event(out);
  out += '[';
  out += id_;
  ops_.take(out);
  out += ']';
  end_event(out);
}

void PatchStream::close(const PatchVerdict& verdict, std::string& out) {
  if (ops_.visible()) {
    begin_event(out);
    out += '[';
    out += id_;
    ops_.take_last(out);
    out += ']';
    end_event(out);
  }
  begin_event(out);
  {
    Writer writer(out);
    writer.begin_object().key("end").raw(id_);
    writer.member("verdict", verdict.fault ? "invalid" : verdict.complete ? "complete" : "incomplete");
    if (verdict.fault) writer.member("offset", verdict.fault->offset).member("what", verdict.fault->what);
    if (!verdict.schema.empty()) writer.key("schema").raw(verdict.schema);
    writer.end_object();
  }
  end_event(out);
}

bool PatchedText::feed(std::string_view bytes, std::string& out) {
  while (!bytes.empty() && !scanner_.failed()) {
    const std::string_view slice = bytes.substr(0, kSlice);
    scanner_.feed(slice);
    stream_.fed(slice.size(), out);
    bytes.remove_prefix(slice.size());
  }
  return !scanner_.failed();
}

void PatchedText::finish(std::string_view schema_verdict, std::string& out) {
  const bool complete = scanner_.finish();
  stream_.close({.complete = complete, .fault = scanner_.fault(), .schema = schema_verdict}, out);
}

}  // namespace pointsman::json
