#include "encode/precision.h"

#include "encode/kernels.h"

namespace pointsman::encode {

std::string_view to_string(Precision precision) {
  switch (precision) {
    case Precision::kAuto:
      return "auto";
    case Precision::kF32:
      return "f32";
    case Precision::kBf16:
      return "bf16";
    case Precision::kI8:
      return "i8";
  }
  return "?";
}

std::string_view to_string(Path path) {
  switch (path) {
    case Path::kPortable:
      return "portable";
    case Path::kAvx2:
      return "avx2";
    case Path::kAvx512:
      return "avx512";
  }
  return "?";
}

bool supports(Path path) {
  if (path == Path::kPortable) return true;
#if defined(__x86_64__)
  if (path == Path::kAvx2) {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c");
  }
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
#else
  return false;
#endif
}

bool supports(Path path, Precision precision) {
  if (!supports(path)) return false;
  if (precision == Precision::kAuto || precision == Precision::kF32) return true;
#if defined(__x86_64__)
  if (path == Path::kAvx512) {
    return precision == Precision::kBf16 ? __builtin_cpu_supports("avx512bf16") : __builtin_cpu_supports("avx512vnni");
  }
#endif
  return false;
}

Path best_path() {
  for (const Path path : {Path::kAvx512, Path::kAvx2}) {
    if (supports(path)) return path;
  }
  return Path::kPortable;
}

Precision resolve(Path path, Precision precision) {
  if (precision != Precision::kAuto) return precision;
  return supports(path, Precision::kBf16) ? Precision::kBf16 : Precision::kF32;
}

}  // namespace pointsman::encode
