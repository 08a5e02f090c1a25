// Result<T>: a value or an Error. The only way a function of ours reports failure.
// Plain values; the macros below are the only control flow that is not written out.
#pragma once

#include <expected>

#include "base/error.h"

namespace pointsman::base {

template <class T>
using Result = std::expected<T, Error>;

[[gnu::cold]] std::unexpected<Error> fail(Error error);
[[gnu::cold]] std::unexpected<Error> fail(ErrorCode code, std::string message, Origin origin = Origin::kGateway,
                                          Retry retry = Retry::kNo);

}  // namespace pointsman::base

#define PM_CONCAT_(a, b) a##b
#define PM_CONCAT(a, b) PM_CONCAT_(a, b)
#define PM_TRY_(tmp, decl, expr)                    \
  auto tmp = (expr);                                \
  if (!tmp) [[unlikely]]                            \
    return std::unexpected(std::move(tmp).error()); \
  decl = std::move(*tmp)
#define PM_CHECK_(tmp, expr)                \
  if (auto tmp = (expr); !tmp) [[unlikely]] \
  return std::unexpected(std::move(tmp).error())
#define PM_CO_TRY_(tmp, decl, expr)                    \
  auto tmp = (expr);                                   \
  if (!tmp) [[unlikely]]                               \
    co_return std::unexpected(std::move(tmp).error()); \
  decl = std::move(*tmp)
#define PM_CO_CHECK_(tmp, expr)             \
  if (auto tmp = (expr); !tmp) [[unlikely]] \
  co_return std::unexpected(std::move(tmp).error())

// PM_TRY(auto x, f()): x = *f(), or return its error. PM_CHECK is for Result<void>; PM_CO_* for coroutines.
#define PM_TRY(decl, expr) PM_TRY_(PM_CONCAT(pm_result_, __LINE__), decl, expr)
#define PM_CHECK(expr) PM_CHECK_(PM_CONCAT(pm_result_, __LINE__), expr)
#define PM_CO_TRY(decl, expr) PM_CO_TRY_(PM_CONCAT(pm_result_, __LINE__), decl, expr)
#define PM_CO_CHECK(expr) PM_CO_CHECK_(PM_CONCAT(pm_result_, __LINE__), expr)
