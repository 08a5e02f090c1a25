#include "llm/sse.h"

#include <gtest/gtest.h>

#include <vector>

namespace pointsman::llm {
namespace {

struct Seen {
  std::string name;
  std::string data;
  bool oversize = false;
  bool operator==(const Seen&) const = default;
};

void PrintTo(const Seen& seen, std::ostream* out) {
  *out << "{" << seen.name << "|" << seen.data.substr(0, 80) << (seen.oversize ? "|oversize}" : "}");
}

void drain(SseScanner& scanner, std::vector<Seen>& out) {
  SseEvent event;
  while (scanner.next(event)) out.push_back({std::string(event.name), std::string(event.data), event.oversize});
}

// The stream in pieces of `step` bytes, each in a block of its own that is gone before the next.
std::vector<Seen> scan(std::string_view stream, std::size_t step, std::size_t max_event = SseScanner::kMaxEvent) {
  SseScanner scanner(max_event);
  std::vector<Seen> out;
  for (std::size_t i = 0; i < stream.size(); i += step) {
    const std::string piece(stream.substr(i, step));
    scanner.feed(piece);
    drain(scanner, out);
  }
  return out;
}

const std::string_view kStreams[] = {
    "data: one\n\ndata: two\n\n",
    "data:no space\r\n\r\ndata:  two spaces\r\r",
    "\xEF\xBB\xBF"
    "data: after the mark\n\n\xEF\xBB\xBF"
    "data: not a field\n\n",
    ": comment\n\n: another\ndata: x\n\n:\n\n",
    "event: error\ndata: {\"error\":1}\n\ndata: plain\n\n",
    "data: a\ndata: b\r\ndata\rdata:\n\n",
    "id: 7\nretry: 10\nunknown: z\ndata: x\nunknown\n\n",
    "data: \xE2\x80\xA8 line separator\xF0\x9F\x98\x80\n\n",
    "event: lost\n\ndata: the name above does not stick\n\n",
    "data: cut off without blank line\n",
    "data: cut off",
    "\n\n\r\n\r\r\ndata: x\n\n",
    "data:\n\n",
    "data: a\r\r\ndata: b\r\n\r\n\r\ndata: c\n\r",
};

TEST(SseScanner, GivesTheSameEventsForAnySplit) {
  for (const std::string_view stream : kStreams) {
    const std::vector<Seen> whole = scan(stream, stream.size());
    for (std::size_t step = 1; step < stream.size(); ++step) EXPECT_EQ(scan(stream, step), whole) << stream;
    for (std::size_t cut = 1; cut < stream.size(); ++cut) {
      SseScanner scanner;
      std::vector<Seen> out;
      scanner.feed(stream.substr(0, cut));
      drain(scanner, out);
      scanner.feed(stream.substr(cut));
      drain(scanner, out);
      EXPECT_EQ(out, whole) << stream << " cut at " << cut;
    }
  }
}

// Beyond what is kept from event to event, in one line and in several.
TEST(SseScanner, GivesTheSameLargeEventsForAnySplit) {
  const std::string large(6'000, 'l');
  const std::string stream = "data: " + large + "\n\ndata: a\ndata: " + large + "\nevent: x\n\ndata: " + large +
                             "\ndata: b\n\nevent: y\ndata: " + large + "\ndata: " + large + "\n\ndata: c\n\n";
  const std::string_view view = stream;
  const std::vector<Seen> whole = scan(stream, stream.size());
  ASSERT_EQ(whole.size(), 5U);
  EXPECT_EQ(whole[1].data, "a\n" + large);
  EXPECT_EQ(whole[3].data, large + "\n" + large);
  for (const std::size_t step : {1U, 7U, 1'000U, 4'096U, 5'999U, 6'007U, 12'013U, 16'384U}) {
    EXPECT_EQ(scan(stream, step), whole) << step;
  }
  for (std::size_t cut = 1; cut < stream.size(); cut += 13) {
    SseScanner scanner;
    std::vector<Seen> out;
    scanner.feed(view.substr(0, cut));
    drain(scanner, out);
    scanner.feed(view.substr(cut));
    drain(scanner, out);
    EXPECT_EQ(out, whole) << "cut at " << cut;
  }
}

TEST(SseScanner, ReadsEveryFormOfLine) {
  using List = std::vector<Seen>;
  EXPECT_EQ(scan(kStreams[0], 1), (List{{"", "one"}, {"", "two"}}));
  EXPECT_EQ(scan(kStreams[1], 3), (List{{"", "no space"}, {"", " two spaces"}}));
  EXPECT_EQ(scan(kStreams[2], 2), (List{{"", "after the mark"}}));
  EXPECT_EQ(scan(kStreams[3], 5), (List{{"", "x"}}));
  EXPECT_EQ(scan(kStreams[4], 5), (List{{"error", "{\"error\":1}"}, {"", "plain"}}));
  EXPECT_EQ(scan(kStreams[5], 5), (List{{"", "a\nb\n\n"}}));
  EXPECT_EQ(scan(kStreams[6], 5), (List{{"", "x"}}));
  EXPECT_EQ(scan(kStreams[7], 1), (List{{"", "\xE2\x80\xA8 line separator\xF0\x9F\x98\x80"}}));
  EXPECT_EQ(scan(kStreams[8], 5), (List{{"", "the name above does not stick"}}));
  EXPECT_EQ(scan(kStreams[9], 5), List{});
  EXPECT_EQ(scan(kStreams[12], 5), (List{{"", ""}}));
  EXPECT_EQ(scan(kStreams[13], 5), (List{{"", "a"}, {"", "b"}, {"", "c"}}));
}

TEST(SseScanner, DoesNotCopyAnEventThatLiesWithinOneRead) {
  const std::string stream = "data: {\"a\":1}\n\n";
  SseScanner scanner;
  scanner.feed(stream);
  SseEvent event;
  ASSERT_TRUE(scanner.next(event));
  EXPECT_EQ(event.data.data(), stream.data() + 6);
}

TEST(SseScanner, SaysWhereTheRawBytesOfAnEventAre) {
  const std::string stream = ": ping\n\ndata: a\n\n: ping\nevent: e\ndata: b\n\ndata: ha";
  SseScanner scanner;
  std::vector<std::string> raw;
  for (std::size_t i = 0; i < stream.size(); i += 3) {
    scanner.feed(std::string_view(stream).substr(i, 3));
    SseEvent event;
    while (scanner.next(event)) raw.push_back(stream.substr(event.begin, event.end - event.begin));
  }
  EXPECT_EQ(raw, (std::vector<std::string>{"data: a\n\n", ": ping\nevent: e\ndata: b\n\n"}));
  EXPECT_EQ(scanner.settled(), stream.size() - 8);
}

TEST(SseScanner, ReportsAndSkipsEventsOverTheLimit) {
  const std::string fits = "data: " + std::string(57, 'x');  // 63 bytes and one for its end
  const std::string stream = fits + "\n\n" + fits + "y\n\ndata: 1\n" + std::string(60, ':') + "\n\ndata: last\n\n";
  const std::vector<Seen> wanted = {{"", std::string(57, 'x')}, {"", "", true}, {"", "", true}, {"", "last"}};
  for (std::size_t step = 1; step <= stream.size(); ++step) EXPECT_EQ(scan(stream, step, 64), wanted) << step;
}

TEST(SseScanner, KeepsBoundedMemoryAndLinearTimeOnAnEndlessLine) {
  SseScanner scanner(1000);
  const std::string piece(4096, 'x');
  SseEvent event;
  for (int i = 0; i < 10'000; ++i) {
    scanner.feed(piece);
    ASSERT_FALSE(scanner.next(event));
  }
  scanner.feed("\n\ndata: alive\n\n");
  ASSERT_TRUE(scanner.next(event));
  EXPECT_TRUE(event.oversize);
  EXPECT_EQ(event.begin, 0U);
  EXPECT_EQ(event.end, 40'960'002U);
  ASSERT_TRUE(scanner.next(event));
  EXPECT_EQ(event.data, "alive");
}

TEST(SseScanner, StartsAnewAfterReset) {
  SseScanner scanner;
  SseEvent event;
  scanner.feed("event: x\ndata: half");
  EXPECT_FALSE(scanner.next(event));
  scanner.reset();
  scanner.feed(
      "\xEF\xBB\xBF"
      "data: whole\n\n");
  ASSERT_TRUE(scanner.next(event));
  EXPECT_EQ(event.data, "whole");
  EXPECT_EQ(event.name, "");
  EXPECT_EQ(event.begin, 0U);
}

}  // namespace
}  // namespace pointsman::llm
