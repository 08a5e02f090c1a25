#include "gateway/stream_tail.h"

#include <gtest/gtest.h>

namespace pointsman::gateway {
namespace {

constexpr std::string_view kPage = "<html>\n<body><h1>502 Bad Gateway</h1></body>\n</html>";

// However the reads cut it.
bool sound(const std::string& stream) {
  StreamTail whole;
  whole.take(stream);
  for (const std::size_t step : {1, 7, 100, 255, 256, 300}) {
    StreamTail pieces;
    for (std::size_t at = 0; at < stream.size(); at += step) pieces.take(std::string_view(stream).substr(at, step));
    EXPECT_EQ(pieces.sound(), whole.sound()) << stream << " in pieces of " << step;
  }
  return whole.sound();
}

const std::string kEvents = "data: {\"a\":1}\n\nevent: b\r\ndata: {\"b\":2}\r\n\r\n";

TEST(StreamTail, TakesWhatServersEndTheirStreamsWith) {
  EXPECT_TRUE(sound(""));
  EXPECT_TRUE(sound("\n\n"));
  EXPECT_TRUE(sound(kEvents));
  EXPECT_TRUE(sound(kEvents + "data: [DONE]"));
  EXPECT_TRUE(sound(kEvents + "data:{\"c\":3}\n"));
  EXPECT_TRUE(sound(kEvents + "data: {\"c\":3}"));
  EXPECT_TRUE(sound(kEvents + ": ping"));
  EXPECT_TRUE(sound(kEvents + ": ping\n\n"));
  EXPECT_TRUE(sound(kEvents + "event: done\nid: 7\nretry: 10\n\n"));
}

TEST(StreamTail, SeesThatAPageTookTheStreamsPlace) {
  EXPECT_FALSE(sound(kEvents + std::string(kPage)));
  EXPECT_FALSE(sound(kEvents + std::string(kPage) + "\n"));
  EXPECT_FALSE(sound(kEvents + std::string(kPage) + "\r\n\r\n"));
  EXPECT_FALSE(sound(std::string(kPage)));
  EXPECT_FALSE(sound(kEvents + "upstream connect error or disconnect/reset before headers"));
  EXPECT_FALSE(sound(kEvents + "{\"error\":{\"message\":\"overloaded\"}}"));
  EXPECT_FALSE(sound(kEvents + "error: overloaded\n\n"));
}

TEST(StreamTail, SeesDataThatEndsInTheMiddle) {
  EXPECT_FALSE(sound(kEvents + "data: {\"choices\":[{\"delta\":{\"content\":\"Hel"));
  EXPECT_FALSE(sound(kEvents + "data: "));
  EXPECT_FALSE(sound(kEvents + "da"));
  EXPECT_FALSE(sound(kEvents + "data"));
}

TEST(StreamTail, DoesNotJudgeALineItHasNotSeenBegin) {
  EXPECT_TRUE(sound(kEvents + "data: \"" + std::string(1000, 'x') + "\"\n\n"));
  EXPECT_TRUE(sound("<html>" + std::string(1000, 'x')));
  EXPECT_FALSE(sound(kEvents + "<html>" + std::string(200, 'x')));
}

}  // namespace
}  // namespace pointsman::gateway
