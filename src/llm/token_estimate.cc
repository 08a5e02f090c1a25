#include "llm/token_estimate.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace pointsman::llm {
namespace {

// Hundredths of a token. The sum for one byte stays below 256: the vector loop adds them in bytes.
constexpr std::uint8_t kLetter = 26;
constexpr std::uint8_t kDigit = 44;
constexpr std::uint8_t kPunctuation = 70;
constexpr std::uint8_t kControl = 52;    // line ends, tabs
constexpr std::uint8_t kSpace = 1;       // one belongs to the word behind it; a hundred are a token
constexpr std::uint8_t kHigh = 28;       // a byte of a character outside ASCII
constexpr std::uint8_t kFourByte = 100;  // more for characters of four bytes: emoji and rare scripts
constexpr std::uint8_t kWordBegin = 27;
constexpr std::uint8_t kNumberBegin = 25;  // more if it begins with a digit
constexpr std::uint8_t kInnerChange = 90;  // aB, a1, 1a inside a word; not Ab

// Kinds of characters that form words; 0 is anything else.
constexpr std::uint8_t kLowerKind = 1;
constexpr std::uint8_t kUpperKind = 2;
constexpr std::uint8_t kDigitKind = 4;

std::uint8_t kind_of(unsigned char c) {
  if (c >= 'a' && c <= 'z') return kLowerKind;
  if (c >= 'A' && c <= 'Z') return kUpperKind;
  return c >= '0' && c <= '9' ? kDigitKind : 0;
}

#if defined(__SSE2__)

__m128i all(std::uint8_t value) {
  return _mm_set1_epi8(static_cast<char>(value));
}

// 0xFF where first <= x < first + count; x and first in ASCII.
__m128i in_range(__m128i x, char first, int count) {
  const __m128i moved = _mm_add_epi8(x, _mm_set1_epi8(static_cast<char>(-128 - first)));
  return _mm_cmplt_epi8(moved, _mm_set1_epi8(static_cast<char>(-128 + count)));
}

struct Block {
  __m128i kind;
  __m128i cost;
};

// The cost of sixteen bytes, each after the kind to its left.
Block classify(__m128i x, __m128i kind_before) {
  const __m128i lower = in_range(x, 'a', 26);
  const __m128i upper = in_range(x, 'A', 26);
  const __m128i digit = in_range(x, '0', 10);
  const __m128i letter = _mm_or_si128(lower, upper);
  const __m128i word = _mm_or_si128(letter, digit);
  const __m128i kind =
      _mm_or_si128(_mm_or_si128(_mm_and_si128(lower, all(kLowerKind)), _mm_and_si128(upper, all(kUpperKind))),
                   _mm_and_si128(digit, all(kDigitKind)));
  const __m128i left = _mm_or_si128(_mm_slli_si128(kind, 1), _mm_srli_si128(kind_before, 15));

  const __m128i outside_left = _mm_cmpeq_epi8(left, _mm_setzero_si128());
  const __m128i begins = _mm_and_si128(word, outside_left);
  const __m128i same = _mm_cmpeq_epi8(kind, left);
  const __m128i capital = _mm_and_si128(lower, _mm_cmpeq_epi8(left, all(kUpperKind)));
  const __m128i changes = _mm_andnot_si128(_mm_or_si128(_mm_or_si128(same, capital), outside_left), word);

  const __m128i high = _mm_cmplt_epi8(x, _mm_setzero_si128());
  const __m128i four = _mm_and_si128(high, _mm_cmpgt_epi8(x, all(0xEF)));
  const __m128i control = _mm_andnot_si128(high, _mm_cmplt_epi8(x, all(' ')));
  const __m128i plain = _mm_andnot_si128(_mm_or_si128(word, _mm_cmpeq_epi8(x, all(' '))), _mm_cmpgt_epi8(x, all(' ')));

  __m128i cost = _mm_and_si128(letter, all(kLetter));
  const auto add = [&cost](__m128i where, std::uint8_t weight) {
    cost = _mm_add_epi8(cost, _mm_and_si128(where, all(weight)));
  };
  add(digit, kDigit);
  add(begins, kWordBegin);
  add(_mm_and_si128(begins, digit), kNumberBegin);
  add(changes, kInnerChange);
  add(high, kHigh);
  add(four, kFourByte);
  add(control, kControl);
  add(_mm_cmpeq_epi8(x, all(' ')), kSpace);
  add(plain, kPunctuation);
  return {kind, cost};
}

#endif

}  // namespace

void TokenEstimate::add_byte(unsigned char c) {
  const std::uint8_t kind = kind_of(c);
  if (kind != 0) {
    hundredths_ += kind == kDigitKind ? kDigit : kLetter;
    if (previous_ == 0) {
      hundredths_ += kWordBegin + (kind == kDigitKind ? kNumberBegin : 0);
    } else if (kind != previous_ && !(previous_ == kUpperKind && kind == kLowerKind)) {
      hundredths_ += kInnerChange;
    }
  } else if (c >= 0x80) {
    hundredths_ += kHigh + (c >= 0xF0 ? kFourByte : 0);
  } else if (c == ' ') {
    hundredths_ += kSpace;
  } else {
    hundredths_ += c < ' ' ? kControl : kPunctuation;
  }
  previous_ = kind;
}

void TokenEstimate::add(std::string_view text) {
  std::size_t i = 0;
#if defined(__SSE2__)
  if (text.size() >= 16) {
    __m128i kinds = _mm_slli_si128(_mm_cvtsi32_si128(previous_), 15);
    __m128i sum = _mm_setzero_si128();
    for (; i + 16 <= text.size(); i += 16) {
      const Block block = classify(_mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + i)), kinds);
      kinds = block.kind;
      sum = _mm_add_epi64(sum, _mm_sad_epu8(block.cost, _mm_setzero_si128()));
    }
    hundredths_ += static_cast<std::uint64_t>(_mm_cvtsi128_si64(sum)) +
                   static_cast<std::uint64_t>(_mm_cvtsi128_si64(_mm_srli_si128(sum, 8)));
    previous_ = kind_of(static_cast<unsigned char>(text[i - 1]));
  }
#endif
  for (; i < text.size(); ++i) add_byte(static_cast<unsigned char>(text[i]));
}

}  // namespace pointsman::llm
