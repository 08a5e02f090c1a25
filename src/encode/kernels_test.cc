#include "encode/kernels.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "base/rng.h"
#include "encode/bert_weights.h"
#include "encode/kernels_vector.h"

namespace pointsman::encode {
namespace {

struct FourLanes {
  static constexpr std::size_t kLanes = 4;
};

template <class Function>
float of_first(Function function, float x) {
  return function(Vec<FourLanes>::F{} + x)[0];
}

TEST(KernelMath, ExponentialIsExactToItsPromise) {
  double worst = 0;
  for (float x = -87.0F; x < 88.0F; x += 0.00037F) {
    const double exact = std::exp(static_cast<double>(x));
    const double ours = static_cast<double>(of_first([](auto v) { return exponential<FourLanes>(v); }, x));
    worst = std::max(worst, std::fabs(ours / exact - 1));
  }
  EXPECT_LT(worst, 1.3e-7);
  EXPECT_EQ(of_first([](auto v) { return exponential<FourLanes>(v); }, 0.0F), 1.0F);
  EXPECT_GE(of_first([](auto v) { return exponential<FourLanes>(v); }, -1e30F), 0.0F);
}

TEST(KernelMath, GeluIsExactToItsPromise) {
  double worst = 0;
  double relative = 0;
  for (float x = -40.0F; x < 40.0F; x += 0.00017F) {
    const auto d = static_cast<double>(x);
    const double exact = 0.5 * d * std::erfc(-d * M_SQRT1_2);
    const double error = std::fabs(static_cast<double>(of_first([](auto v) { return gelu<FourLanes>(v); }, x)) - exact);
    if (x < 1) worst = std::max(worst, error);
    if (x >= 1) relative = std::max(relative, error / exact);
  }
  EXPECT_LT(worst, 1e-6);
  EXPECT_LT(relative, 1e-6);
}

TEST(KernelMath, TanhGeluIsExactToAMillionth) {
  double worst = 0;
  for (float x = -20.0F; x < 20.0F; x += 0.00017F) {
    const auto d = static_cast<double>(x);
    const double exact = 0.5 * d * (1 + std::tanh(std::sqrt(2 / M_PI) * (d + 0.044715 * d * d * d)));
    const double ours = static_cast<double>(of_first([](auto v) { return gelu_tanh<FourLanes>(v); }, x));
    worst = std::max(worst, std::fabs(ours - exact) / std::max(1.0, std::fabs(exact)));
  }
  EXPECT_LT(worst, 1e-6);
}

TEST(Parts, CoverEverythingWithoutGapsAndAsEvenlyAsCanBe) {
  for (std::size_t total = 0; total < 70; ++total) {
    for (std::size_t most = 1; most < 12; ++most) {
      const Parts parts{total, most};
      std::size_t next = 0;
      for (std::size_t i = 0; i < parts.count(); ++i) {
        EXPECT_EQ(parts.begin(i), next);
        EXPECT_LE(parts.size(i), most);
        EXPECT_GE(parts.size(i) + 1, (total + parts.count() - 1) / parts.count());
        next += parts.size(i);
      }
      EXPECT_EQ(next, total);
    }
  }
}

struct Problem {
  std::size_t rows;
  std::size_t inputs;
  std::size_t outputs;
};

std::vector<float> random_floats(std::size_t n, std::uint64_t seed) {
  base::Rng rng(seed);
  std::vector<float> out(n);
  for (float& x : out) x = static_cast<float>(rng.uniform() * 2 - 1);
  return out;
}

// The largest difference from the product in double precision, in units of the root of the number of inputs.
double multiply_error(const Kernels& kernels, const MatrixKernels& matrix, const Problem& p) {
  const auto weights = random_floats(p.outputs * p.inputs, 1);
  const auto bias = random_floats(p.outputs, 2);
  const PackedMatrix packed = PackedMatrix::pack(weights, bias, kernels, matrix);
  const std::size_t stride = round_up(p.inputs, kRowMultiple);
  Aligned input(p.rows * stride * sizeof(float));
  const auto values = random_floats(p.rows * p.inputs, 3);
  for (std::size_t i = 0; i < values.size(); ++i) {
    input.as<float>()[i / p.inputs * stride + i % p.inputs] = values[i];
  }
  Aligned words(p.rows * stride * sizeof(float));
  Aligned scale(2 * p.rows * sizeof(float));
  Aligned output(p.rows * packed.panels().columns * sizeof(float));
  matrix.multiply({.input = matrix.convert({.input = input.as<float>(),
                                            .rows = p.rows,
                                            .stride = stride,
                                            .words = words.as<void>(),
                                            .scale = scale.as<float>(),
                                            .low = scale.as<float>() + p.rows}),
                   .rows = p.rows,
                   .weights = &packed.panels(),
                   .output = output.as<float>(),
                   .output_stride = packed.panels().columns});
  double worst = 0;
  for (std::size_t r = 0; r < p.rows; ++r) {
    const float* row = output.as<float>() + r * packed.panels().columns;
    for (std::size_t o = 0; o < packed.panels().columns; ++o) {
      double exact = o < p.outputs ? static_cast<double>(bias[o]) : 0.0;
      for (std::size_t i = 0; o < p.outputs && i < p.inputs; ++i) {
        exact += static_cast<double>(weights[o * p.inputs + i]) * static_cast<double>(values[r * p.inputs + i]);
      }
      worst = std::max(worst, std::fabs(static_cast<double>(row[o]) - exact));
    }
  }
  return worst / std::sqrt(static_cast<double>(p.inputs));
}

TEST(Kernels, MultiplyMatricesOfEveryShape) {
  for (const Path path : {Path::kPortable, Path::kAvx2, Path::kAvx512}) {
    if (!supports(path)) continue;
    const Kernels& kernels = kernels_for(path);
    for (const MatrixKernels* matrix : {kernels.f32, kernels.bf16, kernels.i8}) {
      if (matrix == nullptr) continue;
      const double allowed = matrix->per_word == 1 ? 1e-6 : matrix->per_word == 2 ? 6e-3 : 2e-2;
      for (std::size_t rows = 1; rows < 20; ++rows) {
        for (const auto& [inputs, outputs] : {std::pair<std::size_t, std::size_t>{1, 1},
                                              {3, 17},
                                              {16, 48},
                                              {31, 100},
                                              {64, 16},
                                              {130, 65},
                                              {384, 112}}) {
          EXPECT_LT(multiply_error(kernels, *matrix, {rows, inputs, outputs}), allowed)
              << to_string(path) << " " << to_string(matrix->precision) << " " << rows << " x " << inputs << " x "
              << outputs;
        }
      }
    }
  }
}

TEST(Kernels, ConvertRowsThatAreAllTheSameNumber) {
  for (const float value : {0.0F, 3.25F, -7.0F}) {
    const Kernels& kernels = kernels_for(best_path());
    if (kernels.i8 == nullptr) GTEST_SKIP() << "this processor has no AVX512-VNNI";
    Aligned input(32 * sizeof(float));
    for (int i = 0; i < 32; ++i) input.as<float>()[i] = value;
    Aligned words(32);
    float scale = 7;
    float low = 7;
    kernels.i8->convert(
        {.input = input.as<float>(), .rows = 1, .stride = 32, .words = words.as<void>(), .scale = &scale, .low = &low});
    EXPECT_EQ(low, value);
    for (int i = 0; i < 32; ++i) EXPECT_EQ(scale * static_cast<float>(words.as<std::uint8_t>()[i]), 0.0F);
  }
}

TEST(Precision, AutomaticIsNeverTheLeastExact) {
  for (const Path path : {Path::kPortable, Path::kAvx2, Path::kAvx512}) {
    EXPECT_NE(resolve(path, Precision::kAuto), Precision::kI8);
    EXPECT_NE(resolve(path, Precision::kAuto), Precision::kAuto);
    EXPECT_EQ(resolve(path, Precision::kI8), Precision::kI8);
  }
  EXPECT_TRUE(supports(best_path(), resolve(best_path(), Precision::kAuto)));
}

}  // namespace
}  // namespace pointsman::encode
