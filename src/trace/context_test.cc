// W3C Trace Context: what is accepted, what begins a trace of its own, and which traces are recorded.
#include "trace/context.h"

#include <gmock/gmock.h>

namespace pointsman::trace {
namespace {

constexpr std::string_view kSound = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

std::string with(std::size_t at, char c) {
  std::string text(kSound);
  text[at] = c;
  return text;
}

TEST(Traceparent, IsReadAndWritten) {
  const auto parent = parse_traceparent(kSound);
  ASSERT_TRUE(parent);
  EXPECT_EQ(parent->trace, (TraceId{0x4bf92f3577b34da6, 0xa3ce929d0e0e4736}));
  EXPECT_EQ(parent->span, SpanId{0x00f067aa0ba902b7});
  EXPECT_TRUE(parent->sampled);
  std::string written;
  append_traceparent(*parent, written);
  EXPECT_EQ(written, kSound);
}

TEST(Traceparent, OnlyTheLastBitOfTheFlagsSaysWhetherItIsSampled) {
  EXPECT_FALSE(parse_traceparent(with(54, '0'))->sampled);
  EXPECT_FALSE(parse_traceparent(with(54, '2'))->sampled);
  EXPECT_TRUE(parse_traceparent(with(54, '3'))->sampled);
  EXPECT_TRUE(parse_traceparent(with(54, 'f'))->sampled);
  EXPECT_FALSE(parse_traceparent(with(53, '8').replace(54, 1, "0"))->sampled);
}

TEST(Traceparent, OfALaterVersionIsReadAsFarAsItIsKnown) {
  const std::string later = "cc" + std::string(kSound.substr(2));
  EXPECT_TRUE(parse_traceparent(later));
  EXPECT_TRUE(parse_traceparent(later + "-what-the-future-will-be-like"));
  EXPECT_FALSE(parse_traceparent(later + ".what")) << "a field begins with a dash";
  EXPECT_FALSE(parse_traceparent(std::string(kSound) + "-extra")) << "version 00 has a fixed length";
}

TEST(Traceparent, ThatIsMalformedIsNone) {
  const std::string zero_trace = "00-00000000000000000000000000000000-00f067aa0ba902b7-01";
  const std::string zero_span = "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01";
  for (const std::string& text : {std::string(),
                                  std::string("00"),
                                  std::string(kSound.substr(0, 54)),
                                  std::string(kSound) + "0",
                                  zero_trace,
                                  zero_span,
                                  "ff" + std::string(kSound.substr(2)),
                                  with(0, 'g'),
                                  with(2, '_'),
                                  with(35, '_'),
                                  with(52, '_'),
                                  with(3, 'A'),
                                  with(4, 'x'),
                                  with(10, ' '),
                                  with(36, 'G'),
                                  with(53, 'X'),
                                  " " + std::string(kSound),
                                  std::string(kSound) + " ",
                                  std::string(kSound) + "," + std::string(kSound),
                                  std::string(55, '0'),
                                  std::string(55, '\0'),
                                  with(20, '\xff'),
                                  std::string(100'000, 'a')}) {
    EXPECT_FALSE(parse_traceparent(text)) << text.substr(0, 80);
  }
}

TEST(Tracestate, IsPassedOnWhereItIsPrintableAndShort) {
  EXPECT_TRUE(is_tracestate("rojo=00f067aa0ba902b7,congo=t61rcWkgMzE"));
  EXPECT_TRUE(is_tracestate(std::string(512, 'a')));
  EXPECT_FALSE(is_tracestate(""));
  EXPECT_FALSE(is_tracestate(std::string(513, 'a')));
  EXPECT_FALSE(is_tracestate("a=b\r\nx-evil: 1"));
  EXPECT_FALSE(is_tracestate("a=\xc3\xa4"));
  std::string members = "a=1";
  for (int i = 1; i < 32; ++i) members += ",a=1";
  EXPECT_TRUE(is_tracestate(members));
  EXPECT_FALSE(is_tracestate(members + ",a=1"));
}

TEST(Sampling, KeepsTheShareThatIsWanted) {
  base::Rng rng(7);
  for (const double share : {0.0, 0.01, 0.25, 0.5, 1.0}) {
    int kept = 0;
    constexpr int kTraces = 40'000;
    for (int i = 0; i < kTraces; ++i) kept += is_sampled(next_trace_id(rng), share) ? 1 : 0;
    EXPECT_NEAR(static_cast<double>(kept) / kTraces, share, 0.01);
    if (share == 0 || share == 1) EXPECT_EQ(kept, share == 0 ? 0 : kTraces);
  }
}

TEST(Sampling, KeepsWithAGreaterShareAllThatASmallerOneKeeps) {
  base::Rng rng(8);
  for (int i = 0; i < 10'000; ++i) {
    const TraceId id = next_trace_id(rng);
    if (is_sampled(id, 0.1)) EXPECT_TRUE(is_sampled(id, 0.3));
  }
}

TEST(Sampling, RestsOnTheLastSevenBytesAlone) {
  EXPECT_TRUE(is_sampled({1, 0x00ff'ffff'ffff'ffff}, 1e-9));
  EXPECT_TRUE(is_sampled({2, 0xabff'ffff'ffff'ffff}, 1e-9));
  EXPECT_FALSE(is_sampled({1, 0xff00'0000'0000'0000}, 0.999));
}

TEST(Ids, AreNeverZeroAndHaveAllTheirDigits) {
  base::Rng rng(1);
  const TraceId trace = next_trace_id(rng);
  EXPECT_TRUE(trace);
  EXPECT_TRUE(next_span_id(rng));
  std::string text;
  append_hex(TraceId{1, 0xabc}, text);
  EXPECT_EQ(text, "00000000000000010000000000000abc");
  text.clear();
  append_hex(SpanId{0x1f}, text);
  EXPECT_EQ(text, "000000000000001f");
}

}  // namespace
}  // namespace pointsman::trace
