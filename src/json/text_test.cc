#include "json/text.h"

#include <gtest/gtest.h>

#include <bit>
#include <charconv>
#include <cmath>
#include <limits>

#include "json/document.h"
#include "json/splice.h"
#include "json/writer.h"

namespace pointsman::json {
namespace {

std::string decoded(std::string_view raw) {
  std::string out;
  unescape(raw, out);
  return out;
}

std::string escaped(std::string_view text) {
  std::string out;
  escape(text, out);
  return out;
}

TEST(Unescape, DecodesEveryEscape) {
  EXPECT_EQ(decoded(R"(a\"\\\/\b\f\n\r\tz)"), "a\"\\/\b\f\n\r\tz");
  EXPECT_EQ(decoded(R"(\u0041\u00e9\u20ac\ud83d\ude00)"), "A\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80");
  EXPECT_EQ(decoded("\\u0000"), std::string(1, '\0'));
}

TEST(Unescape, ReplacesSurrogatesWithoutPartner) {
  EXPECT_EQ(decoded(R"(\ud83d)"), "\xEF\xBF\xBD");
  EXPECT_EQ(decoded(R"(\ude00x)"), "\xEF\xBF\xBDx");
  EXPECT_EQ(decoded(R"(\ud83d\u0041)"),
            "\xEF\xBF\xBD"
            "A");
  EXPECT_EQ(decoded(R"(\ud83d\n)"), "\xEF\xBF\xBD\n");
}

TEST(Unescape, GivesTheSameTextInPiecesOfAnySize) {
  const std::string raw = R"(plain \u00e9 text\n\ud83d\ude00)"
                          "\xE2\x82\xAC\xF0\x9F\x98\x80"
                          R"(\\end and more than sixteen bytes)";
  for (std::size_t step = 1; step < raw.size(); ++step) {
    Unescaper unescaper(raw);
    std::string out;
    while (!unescaper.done()) {
      const std::size_t before = out.size();
      unescaper.append_to(out, step);
      EXPECT_EQ(find_invalid_utf8(std::string_view(out).substr(before)), std::string_view::npos) << step;
    }
    EXPECT_EQ(out, decoded(raw)) << step;
  }
}

TEST(Unescape, StaysInBoundsOnBrokenEscapes) {
  for (const std::string_view raw : {"\\", "a\\u", "\\u12", "\\uD83D\\u", "\\q"}) {
    EXPECT_LE(decoded(raw).size(), 3 + raw.size()) << raw;
  }
}

TEST(ClassifyEscapes, TellsSimpleFromUnicodeFromInvalid) {
  EXPECT_EQ(classify_escapes("plain text longer than sixteen bytes"), Escapes::kNone);
  EXPECT_EQ(classify_escapes("longer than sixteen bytes\\n"), Escapes::kSimple);
  EXPECT_EQ(classify_escapes("\\u0041\\n"), Escapes::kUnicode);
  EXPECT_EQ(classify_escapes("\\n\\u004"), Escapes::kInvalid);
  EXPECT_EQ(classify_escapes("0123456789abcdef\\"), Escapes::kInvalid);
  EXPECT_EQ(classify_escapes("\\x"), Escapes::kInvalid);
}

TEST(ClassifyEscapes, SeesABackslashWhereverItStands) {
  for (std::size_t size = 1; size <= 50; ++size) {
    EXPECT_EQ(classify_escapes(std::string(size, 'a')), Escapes::kNone) << size;
    // One bit away from a backslash, or one more.
    EXPECT_EQ(classify_escapes(std::string(size, '\\' ^ 1)), Escapes::kNone) << size;
    EXPECT_EQ(classify_escapes(std::string(size, '\xDC')), Escapes::kNone) << size;
    for (std::size_t at = 0; at < size; ++at) {
      std::string raw(size, 'a');
      raw[at] = '\\';
      EXPECT_EQ(classify_escapes(raw), Escapes::kInvalid) << size << " " << at;
      if (at + 1 == size) continue;
      raw[at + 1] = 'n';
      EXPECT_EQ(classify_escapes(raw), Escapes::kSimple) << size << " " << at;
      raw[at + 1] = '\\';
      EXPECT_EQ(classify_escapes(raw), Escapes::kSimple) << size << " " << at;
    }
  }
}

TEST(Escape, EscapesTheSameBytesWhereverTheyStand) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"\n", "\\n"},    {"\"", "\\\""},           {"\\", "\\\\"},           {"\x1F", "\\u001f"},
      {"\x7F", "\x7F"}, {"\xC3\xA9", "\xC3\xA9"}, {"\xC3", "\xEF\xBF\xBD"}, {"\xE2\x82", "\xEF\xBF\xBD\xEF\xBF\xBD"}};
  for (std::size_t size = 0; size <= 40; ++size) {
    for (std::size_t at = 0; at <= size; ++at) {
      const std::string before(at, 'a');
      const std::string behind(size - at, ' ');
      for (const auto& [text, wanted] : cases) {
        EXPECT_EQ(escaped(before + std::string(text) + behind), before + std::string(wanted) + behind)
            << size << " " << at;
      }
    }
  }
}

TEST(Escape, RoundTripsEveryCharacterOfTheFirstPlanes) {
  for (std::uint32_t code = 0; code < 0x80; ++code) {
    const std::string text(1, static_cast<char>(code));
    EXPECT_EQ(decoded(escaped(text)), text);
  }
  EXPECT_EQ(escaped("\x1F\"\\"), "\\u001f\\\"\\\\");
  EXPECT_EQ(escaped("a\xFF\xC3"), "a\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST(EscapeCharacters, TakesTheFewestBytesThatReadBackAsTheSame) {
  std::string all;
  for (char c = 0; c < 0x7F; ++c) all += c;
  all += "\x7F\xC3\xA9\xF0\x9F\x98\x80";
  std::string raw;
  escape_characters(all, raw);
  EXPECT_EQ(decoded(raw), all);
  raw.clear();
  escape_characters("\b\f\n\r\t\v\x1F/\"\\", raw);
  EXPECT_EQ(raw, R"(\b\f\n\r\t\u000b\u001f/\"\\)");
}

TEST(Utf8Cut, NeverSplitsACharacter) {
  const std::string text = "a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80z";
  for (std::size_t size = 0; size <= text.size() + 1; ++size) {
    EXPECT_LE(utf8_prefix(text, size).size(), size);
    EXPECT_LE(utf8_suffix(text, size).size(), size);
    EXPECT_EQ(find_invalid_utf8(utf8_prefix(text, size)), std::string_view::npos);
    EXPECT_EQ(find_invalid_utf8(utf8_suffix(text, size)), std::string_view::npos);
    EXPECT_GE(utf8_prefix(text, size).size() + 3, std::min(size, text.size()));
  }
}

TEST(Splices, LeaveEveryByteOutsideTheEditsAlone) {
  const std::string body = "0123456789";
  for (std::size_t begin = 0; begin <= body.size(); ++begin) {
    for (std::size_t end = begin; end <= body.size(); ++end) {
      for (const std::string_view text : {"", "x", "a longer replacement"}) {
        Splices splices;
        splices.reset(body);
        ASSERT_TRUE(splices.replace(begin, end, text));
        const std::string wanted = body.substr(0, begin) + std::string(text) + body.substr(end);
        EXPECT_EQ(splices.to_string(), wanted);
        EXPECT_EQ(splices.size(), wanted.size());
      }
    }
  }
}

TEST(Splices, PointIntoTheBodyInsteadOfCopyingIt) {
  const std::string body = "{\"model\":\"auto\",\"rest\":1}";
  Splices splices;
  splices.reset(body);
  ASSERT_TRUE(splices.replace(9, 15, "\"big\""));
  const auto pieces = splices.pieces();
  ASSERT_EQ(pieces.size(), 3U);
  EXPECT_EQ(pieces[0].data(), body.data());
  EXPECT_EQ(pieces[2].data(), body.data() + 15);
  EXPECT_EQ(pieces[1], "\"big\"");
}

TEST(Splices, RefuseEditsOutOfOrderOrOutside) {
  Splices splices;
  splices.reset("0123456789");
  ASSERT_TRUE(splices.replace(4, 6, "x"));
  EXPECT_FALSE(splices.replace(5, 7, "y"));
  EXPECT_FALSE(splices.replace(0, 1, "y"));
  EXPECT_FALSE(splices.replace(9, 11, "y"));
  EXPECT_FALSE(splices.replace(8, 7, "y"));
  EXPECT_TRUE(splices.replace(6, 6, "z"));
  EXPECT_EQ(splices.to_string(), "0123xz6789");
}

TEST(Writer, WritesNestedValuesWithCommasWhereTheyBelong) {
  std::string out;
  {
    Writer w(out);
    w.begin_object().member("a", 1).member("b", "x\"y").key("c").begin_array();
    w.value(true).null().value(1.5).value(std::uint64_t{18446744073709551615U}).value(-3).begin_object().end_object();
    w.end_array().key("d").raw("[1]").end_object();
  }
  EXPECT_EQ(out, R"({"a":1,"b":"x\"y","c":[true,null,1.5,18446744073709551615,-3,{}],"d":[1]})");
  EXPECT_TRUE(Document().validate(out));
}

TEST(Writer, WritesTheShortestTextThatReadsBackAsTheSameFloat) {
  std::string out;
  {
    Writer w(out);
    w.begin_array().value(0.9F).value(0.1F + 0.2F).value(0.8123456F).value(1e-7F).value(-0.0F).value(1.0F);
    w.value(std::nextafter(0.9F, 1.0F)).value(std::numeric_limits<float>::quiet_NaN());
    w.value(std::numeric_limits<float>::infinity()).value(0.1).end_array();
  }
  EXPECT_EQ(out, "[0.9,0.3,0.8123456,1e-07,-0,1,0.90000004,null,null,0.1]");
  EXPECT_TRUE(Document().validate(out));
  for (std::uint32_t bits = 0x3f000000; bits < 0x3f800000; bits += 9973) {  // [0.5, 1)
    const auto number = std::bit_cast<float>(bits);
    std::string text;
    Writer(text).value(number);
    float read = 0;
    ASSERT_EQ(std::from_chars(text.data(), text.data() + text.size(), read).ec, std::errc{});
    ASSERT_EQ(read, number) << text;
    ASSERT_LE(text.size(), 11U) << text;  // nine digits always suffice
  }
}

}  // namespace
}  // namespace pointsman::json
