// Vectors of floats in the compiler's own vector extension, and the functions an encoder needs of them.
//
// Everything here takes the instruction set as a tag type that each translation unit declares in its unnamed
// namespace: no two units share a symbol, so that code made for one processor is never linked into the path of another.
// For the same reason these headers include nothing of the standard library but names of types.
#pragma once

#include <cstddef>
#include <cstdint>

namespace pointsman::encode {

#define PM_INLINE [[gnu::always_inline]] inline

template <class Isa>
struct Vec {
  static constexpr std::size_t kLanes = Isa::kLanes;
  // NOLINTBEGIN(modernize-use-using): the attribute is not allowed on an alias that depends on a template parameter.
  typedef float F __attribute__((vector_size(kLanes * 4)));
  typedef std::int32_t I __attribute__((vector_size(kLanes * 4)));
  typedef std::uint8_t Bytes __attribute__((vector_size(kLanes)));
  typedef std::uint16_t Halves __attribute__((vector_size(kLanes * 2)));
  typedef _Float16 Float16s __attribute__((vector_size(kLanes * 2)));
  // NOLINTEND(modernize-use-using)
};

template <class T>
PM_INLINE T load_as(const void* from) {
  T out;
  __builtin_memcpy(&out, from, sizeof(T));
  return out;
}

template <class T>
PM_INLINE void store_as(void* to, T value) {
  __builtin_memcpy(to, &value, sizeof(T));
}

template <class To, class From>
PM_INLINE To bits_as(From from) {
  static_assert(sizeof(To) == sizeof(From));
  To out;
  __builtin_memcpy(&out, &from, sizeof(To));
  return out;
}

// 0, 1, 2, ...
template <class Isa>
PM_INLINE typename Vec<Isa>::I counting() {
  typename Vec<Isa>::I out;
  for (std::size_t i = 0; i < Isa::kLanes; ++i) out[i] = static_cast<std::int32_t>(i);
  return out;
}

// 1 in the first `n` lanes, 0 in the others.
template <class Isa>
PM_INLINE typename Vec<Isa>::F first_lanes(std::size_t n) {
  const auto in = counting<Isa>() < static_cast<std::int32_t>(n);
  return __builtin_convertvector(in & 1, typename Vec<Isa>::F);
}

template <class F>
PM_INLINE F minimum(F a, F b) {
  return a < b ? a : b;
}

template <class F>
PM_INLINE F maximum(F a, F b) {
  return a > b ? a : b;
}

template <class Isa, class Fold>
PM_INLINE float across(typename Vec<Isa>::F v, Fold fold) {
  float lanes[Isa::kLanes];
  store_as(lanes, v);
  for (std::size_t width = Isa::kLanes / 2; width > 0; width /= 2) {
    for (std::size_t i = 0; i < width; ++i) lanes[i] = fold(lanes[i], lanes[i + width]);
  }
  return lanes[0];
}

template <class Isa>
PM_INLINE float sum_of(typename Vec<Isa>::F v) {
  return across<Isa>(v, [](float a, float b) { return a + b; });
}

template <class Isa>
PM_INLINE float largest_of(typename Vec<Isa>::F v) {
  return across<Isa>(v, [](float a, float b) { return a > b ? a : b; });
}

template <class Isa>
PM_INLINE float smallest_of(typename Vec<Isa>::F v) {
  return across<Isa>(v, [](float a, float b) { return a < b ? a : b; });
}

// e^x for x <= 88; below -87 as for -87. Relative error below 1.3e-7 (kernels_test.cc measures it).
// Range reduction and polynomial of Cephes' expf (Moshier, netlib.org/cephes).
template <class Isa>
PM_INLINE typename Vec<Isa>::F exponential(typename Vec<Isa>::F x) {
  using F = typename Vec<Isa>::F;
  using I = typename Vec<Isa>::I;
  constexpr float kRound = 12582912.0F;  // 1.5 x 2^23: adding it leaves the nearest integer in the low bits
  x = maximum(x, F{} - 87.0F);
  const F shifted = x * 1.44269504088896341F + kRound;
  const F n = shifted - kRound;
  F r = x - n * 0.693359375F;
  r = r + n * 2.12194440e-4F;
  F p = r * 1.9875691500e-4F + 1.3981999507e-3F;
  p = p * r + 8.3334519073e-3F;
  p = p * r + 4.1665795894e-2F;
  p = p * r + 1.6666665459e-1F;
  p = p * r + 5.0000001201e-1F;
  const F value = p * (r * r) + r + 1.0F;
  const I exponent = bits_as<I>(shifted) << 23;  // the high bits of kRound leave by the left
  return bits_as<F>(bits_as<I>(value) + exponent);
}

// x times the normal distribution's probability of being below x, which is x (1/2 + erf(x / sqrt 2) / 2). Absolute
// error below 1e-6, relative error below 1e-6 where x > 1 (kernels_test.cc measures both). The probability less 1/2 is
// x times a polynomial in x^2, fitted for the least largest error over |x| <= 5.5 and written in t = 2 (x / 5.5)^2 - 1,
// which keeps the coefficients small. Beyond, the probability is 0 or 1.
template <class Isa>
PM_INLINE typename Vec<Isa>::F gelu(typename Vec<Isa>::F x) {
  using F = typename Vec<Isa>::F;
  constexpr float kReach = 5.5F;
  constexpr float kCoefficients[] = {4.287615302e-04F, -1.275264192e-03F, 1.341796946e-03F, -1.493016607e-03F,
                                     3.880339675e-03F, -7.392245810e-03F, 1.066136360e-02F, -1.481467020e-02F,
                                     2.023615688e-02F, -2.607768029e-02F, 3.208808601e-02F, -3.879081830e-02F,
                                     4.773671553e-02F, -6.417237222e-02F, 1.285519451e-01F};
  const F low = maximum(x, F{} - kReach);
  const F inside = minimum(low, F{} + kReach);
  const F t = inside * inside * (2 / (kReach * kReach)) - 1.0F;
  F p = F{} + kCoefficients[0];
#pragma clang loop unroll(full)
  for (std::size_t i = 1; i < sizeof(kCoefficients) / sizeof(float); ++i) p = p * t + kCoefficients[i];
  return low * (inside * p + 0.5F);
}

// The approximation by tanh that some models were trained with (Hendrycks and Gimpel 2016): x / (1 + e^(-2u)).
template <class Isa>
PM_INLINE typename Vec<Isa>::F gelu_tanh(typename Vec<Isa>::F x) {
  using F = typename Vec<Isa>::F;
  const F u = x * 1.5957691216057308F * (x * x * 0.044715F + 1.0F);
  return x / (exponential<Isa>(minimum(F{} - u, F{} + 87.0F)) + 1.0F);
}

}  // namespace pointsman::encode
