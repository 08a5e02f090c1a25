// The end of a stream of server-sent events as it went by: whether it is one, or something else took the stream's place
// (a proxy's error page behind the first events).
//
// One per relayed answer, on its thread. Pure; keeps the last kLongest bytes and looks at them only when asked.
#pragma once

#include <string>
#include <string_view>

namespace pointsman::gateway {

class StreamTail {
 public:
  static constexpr std::size_t kLongest = 256;

  // The next bytes of the stream's content.
  void take(std::string_view bytes);
  // False if the last line is no line of an event stream (a field of the format, or a comment), or is data that ends
  // without a line end in the middle of its JSON. A last line too long to be seen whole is taken for a sound one, and
  // so is a blank line that is missing: there are servers that leave it out.
  bool sound() const;

 private:
  std::string kept_;
  bool all_ = true;  // kept_ is all there was
};

}  // namespace pointsman::gateway
