// The directions in which rows differ most: eigenvectors of their second-moment matrix.
// Pure and deterministic; any thread.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace pointsman::encode {

// `rows` are rows x dimensions; the result is dimensions x kept, axis j in column j, the longest first, each of length
// 1 and its largest component positive. Rows count from the origin: centre them before. Cyclic Jacobi rotations (Golub
// and Van Loan, Matrix Computations, section 8.5); cubic in the dimensions.
std::vector<float> principal_axes(std::span<const float> rows, std::size_t dimensions, std::size_t kept);

}  // namespace pointsman::encode
