# Every third-party library, found once. Names ending in :: are what modules link.
find_package(Threads REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(simdjson REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(CLI11 REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(LIBPQ REQUIRED libpq>=14)
pkg_check_modules(RE2 REQUIRED IMPORTED_TARGET re2)
pkg_check_modules(UTF8PROC REQUIRED IMPORTED_TARGET libutf8proc)
pkg_check_modules(XXHASH REQUIRED IMPORTED_TARGET libxxhash)
pkg_check_modules(SODIUM REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(JEMALLOC REQUIRED IMPORTED_TARGET jemalloc)
find_path(BOOST_ASIO_INCLUDE boost/asio/version.hpp REQUIRED)

# Asio, header-only, configured once for the whole program: one io_context per thread, never shared.
add_library(pm_asio INTERFACE)
target_include_directories(pm_asio SYSTEM INTERFACE ${BOOST_ASIO_INCLUDE})
target_compile_definitions(pm_asio INTERFACE BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_HAS_CO_AWAIT=1
                           # Coroutine frames kept per thread: a request nests about eight.
                           BOOST_ASIO_RECYCLING_ALLOCATOR_CACHE_SIZE=8)
target_link_libraries(pm_asio INTERFACE Threads::Threads)

if(POINTSMAN_TESTS)
  find_package(GTest REQUIRED)
endif()
if(POINTSMAN_BENCH)
  find_package(benchmark REQUIRED)
endif()
