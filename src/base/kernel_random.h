// Random bytes that nobody can guess, from the kernel. For secrets; base/rng.h is for everything else.
// Any thread.
#pragma once

#include <span>

#include "base/result.h"

namespace pointsman::base {

// Fills `out` from the kernel's generator (getrandom(2)), which waits until it is seeded. kIo where there is none.
Result<void> fill_from_kernel(std::span<unsigned char> out);

}  // namespace pointsman::base
