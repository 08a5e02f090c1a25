// Asio as this program uses it: one io_context per thread, the concrete executor type everywhere (no any_io_executor),
// coroutines as Awaitable<T>, errors as values.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace pointsman::net {

namespace asio = boost::asio;
using ErrorCondition = boost::system::error_code;
using Executor = asio::io_context::executor_type;

template <class T = void>
using Awaitable = asio::awaitable<T, Executor>;

inline constexpr asio::use_awaitable_t<Executor> kUseAwaitable{};

}  // namespace pointsman::net
