#include "encode/principal_axes.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#pragma STDC FP_CONTRACT OFF

namespace pointsman::encode {
namespace {

constexpr int kSweeps = 12;
constexpr double kDiagonal = 1e-12;  // of the squares of all elements, that the others may have at the end

using Matrix = std::vector<double>;  // n x n, symmetric

Matrix second_moments(std::span<const float> rows, std::size_t n) {
  Matrix out(n * n, 0);
  for (std::size_t at = 0; at + n <= rows.size(); at += n) {
    for (std::size_t i = 0; i < n; ++i) {
      const auto x = static_cast<double>(rows[at + i]);
      if (x == 0) continue;
      double* to = out.data() + i * n;
      for (std::size_t j = 0; j < n; ++j) to[j] += x * static_cast<double>(rows[at + j]);
    }
  }
  return out;
}

// Rotates rows p and q of a matrix.
void rotate_rows(Matrix& m, std::size_t n, std::size_t p, std::size_t q, double c, double s) {
  double* a = m.data() + p * n;
  double* b = m.data() + q * n;
  for (std::size_t k = 0; k < n; ++k) {
    const double x = a[k];
    const double y = b[k];
    a[k] = c * x - s * y;
    b[k] = s * x + c * y;
  }
}

// Makes element (p, q) zero; `axes` has the eigenvectors as rows.
void annihilate(Matrix& m, Matrix& axes, std::size_t n, std::size_t p, std::size_t q) {
  const double off = m[p * n + q];
  const double tau = (m[q * n + q] - m[p * n + p]) / (2 * off);
  const double t = (tau >= 0 ? 1 : -1) / (std::fabs(tau) + std::sqrt(1 + tau * tau));
  const double c = 1 / std::sqrt(1 + t * t);
  const double s = t * c;
  const double pp = m[p * n + p] - t * off;
  const double qq = m[q * n + q] + t * off;
  rotate_rows(m, n, p, q, c, s);
  for (std::size_t k = 0; k < n; ++k) {
    m[k * n + p] = m[p * n + k];
    m[k * n + q] = m[q * n + k];
  }
  m[p * n + p] = pp;
  m[q * n + q] = qq;
  m[p * n + q] = m[q * n + p] = 0;
  rotate_rows(axes, n, p, q, c, s);
}

bool is_diagonal(const Matrix& m, std::size_t n) {
  double all = 0;
  double off = 0;
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) {
      const double square = m[i * n + j] * m[i * n + j];
      all += square;
      off += i == j ? 0 : square;
    }
  }
  return off <= kDiagonal * all;
}

}  // namespace

std::vector<float> principal_axes(std::span<const float> rows, std::size_t dimensions, std::size_t kept) {
  const std::size_t n = dimensions;
  Matrix m = second_moments(rows, n);
  Matrix axes(n * n, 0);
  for (std::size_t i = 0; i < n; ++i) axes[i * n + i] = 1;
  for (int sweep = 0; sweep < kSweeps && !is_diagonal(m, n); ++sweep) {
    for (std::size_t p = 0; p < n; ++p) {
      for (std::size_t q = p + 1; q < n; ++q) {
        if (m[p * n + q] != 0) annihilate(m, axes, n, p, q);
      }
    }
  }
  std::vector<std::size_t> order(n);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, [&](std::size_t a, std::size_t b) {
    return m[a * n + a] != m[b * n + b] ? m[a * n + a] > m[b * n + b] : a < b;
  });
  std::vector<float> out(n * kept);
  for (std::size_t j = 0; j < kept; ++j) {
    const double* axis = axes.data() + order[j] * n;
    const double* largest =
        std::max_element(axis, axis + n, [](double a, double b) { return std::fabs(a) < std::fabs(b); });
    const double sign = *largest < 0 ? -1 : 1;
    for (std::size_t k = 0; k < n; ++k) out[k * kept + j] = static_cast<float>(sign * axis[k]);
  }
  return out;
}

}  // namespace pointsman::encode
