# Language level, warnings, sanitizers and the linker: one place for every flag.
set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang" OR CMAKE_CXX_COMPILER_VERSION VERSION_LESS 19)
  message(FATAL_ERROR "Pointsman needs clang 19 or later (g++ 12 miscompiles coroutines). Use ./dev build, "
                      "or configure with -DCMAKE_CXX_COMPILER=clang++-19.")
endif()

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Wimplicit-fallthrough
                    -Wextra-semi -Wno-missing-field-initializers -fno-omit-frame-pointer)
if(POINTSMAN_WERROR)
  add_compile_options(-Werror)
endif()
add_link_options(-fuse-ld=lld-19)

if(POINTSMAN_SANITIZE)
  add_compile_options(-fsanitize=${POINTSMAN_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${POINTSMAN_SANITIZE})
endif()
if(POINTSMAN_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
if(POINTSMAN_LTO)
  add_compile_options(-flto=thin)
  add_link_options(-flto=thin -Wl,--thinlto-cache-dir=${CMAKE_BINARY_DIR}/lto-cache)
endif()
