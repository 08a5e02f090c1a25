// partial_events SIZE event|member: reads a document from standard input and writes the events that a client would get
// of it while it streams in pieces of SIZE bytes; with `member`, each as a member of a chunk of Chat Completions.
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <iterator>
#include <string>
#include <string_view>

#include "json/patch_stream.h"

int main(int argc, char** argv) {
  namespace json = pointsman::json;
  const std::string_view form = argc == 3 ? argv[2] : "";
  const long size = argc == 3 ? std::strtol(argv[1], nullptr, 10) : 0;
  if (size < 1 || (form != "event" && form != "member")) {
    std::fputs("partial_events SIZE event|member\n", stderr);
    return 2;
  }
  json::PatchEnvelope envelope;
  if (form == "member") envelope = {.head = "data: {\"choices\":[],\"pointsman_partial\":", .tail = "}\n\n"};
  const std::string text(std::istreambuf_iterator<char>(std::cin), {});
  json::PatchedText patched(0, envelope);
  std::string events;
  patched.open({}, events);
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view piece = rest.substr(0, static_cast<std::size_t>(size));
    patched.feed(piece, events);
    rest.remove_prefix(piece.size());
  }
  patched.finish({}, events);
  std::cout << events << std::flush;
  return std::cout ? 0 : 1;
}
