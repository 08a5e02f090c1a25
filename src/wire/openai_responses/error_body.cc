#include "wire/openai_responses/error_body.h"

#include "wire/error_status.h"

namespace pointsman::wire::openai_responses {
namespace {

// A provider's error in the middle of a stream has no status; what it is worth is that of a failed upstream.
constexpr int kBrokenUpstream = 502;

template <class WriteMembers>
void write_event(std::uint64_t sequence, WriteMembers write_members, std::string& out) {
  out += "event: error\ndata: ";
  {
    json::Writer writer(out);
    writer.begin_object().member("type", "error").member("sequence_number", sequence);
    write_members(writer, false);
    writer.key("error").begin_object();
    write_members(writer, true);
    writer.end_object().end_object();
  }
  out += "\n\n";
}

void text_or_null(json::Writer& writer, std::string_view name, std::string_view text) {
  writer.key(name);
  if (text.empty()) {
    writer.null();
  } else {
    writer.value(text);
  }
}

}  // namespace

ErrorAnswer describe(const base::Error& error, bool has_retry_after) {
  return describe_for_openai(error, has_retry_after);
}

void write_error_body(const base::Error& error, std::string& out) {
  json::Writer writer(out);
  writer.begin_object().key("error").begin_object();
  write_openai_error(error, writer);
  writer.end_object().end_object();
}

void write_provider_error(const llm::AnswerError& error, int status, std::string& out) {
  json::Writer writer(out);
  writer.begin_object().key("error").begin_object();
  write_openai_error(error, status, writer);
  writer.end_object().end_object();
}

void write_error_event(const base::Error& error, std::string& out) {
  const auto members = [&error](json::Writer& writer, bool nested) {
    if (nested) return write_openai_error(error, writer);
    text_or_null(writer, "code", describe(error).code);
    writer.member("message", public_message(error));
    text_or_null(writer, "param", openai_param(error.place()));
  };
  write_event(0, members, out);
}

void write_error_event(const llm::AnswerError& error, std::uint64_t sequence, std::string& out) {
  const auto members = [&error](json::Writer& writer, bool nested) {
    if (nested) return write_openai_error(error, kBrokenUpstream, writer);
    text_or_null(writer, "code", error.code.empty() ? error.type : error.code);
    writer.member("message", std::string_view(error.message)).key("param").null();
  };
  write_event(sequence, members, out);
}

}  // namespace pointsman::wire::openai_responses
