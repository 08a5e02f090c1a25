// How exactly an encoder computes, and what of that the processor it runs on can do.
//
// Plain values. Detection asks the processor once and is the same for every thread. Everything can also be chosen by
// argument, so that a test reaches every path the processor has.
#pragma once

#include <cstdint>
#include <string_view>

namespace pointsman::encode {

// What the matrices of a model are kept and multiplied in. Everything between the matrices is float in all of them.
enum class Precision : std::uint8_t {
  kAuto,  // the fastest of kBf16 and kF32 that the processor has
  kF32,
  kBf16,  // 8 bits of mantissa on both sides, sums in float: needs AVX512-BF16
  // 8-bit integers, one scale for each output of a matrix and each row of input: needs AVX512-VNNI. The matrix of
  // queries, keys and values stays in bfloat16 (float where there is none).
  kI8,
};

// Which instructions the loops are written in.
enum class Path : std::uint8_t { kPortable, kAvx2, kAvx512 };

std::string_view to_string(Precision precision);
std::string_view to_string(Path path);

// Whether this processor (and the system, which must keep the registers) runs `path`, or `precision` on `path`.
bool supports(Path path);
bool supports(Path path, Precision precision);

Path best_path();
// `precision`, with kAuto replaced by what it means on `path`.
Precision resolve(Path path, Precision precision);

}  // namespace pointsman::encode
