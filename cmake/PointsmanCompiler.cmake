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

# C and C++ only: the assembler files of pm_embed carry data, and warn about flags they do not use.
macro(pm_compile_flags)
  foreach(flag ${ARGV})
    add_compile_options($<$<COMPILE_LANGUAGE:C,CXX>:${flag}>)
  endforeach()
endmacro()

pm_compile_flags(-Wall -Wextra -Wpedantic -Wshadow -Wimplicit-fallthrough -Wno-missing-field-initializers
                 -fno-omit-frame-pointer)
foreach(flag -Wnon-virtual-dtor -Wold-style-cast -Wextra-semi)
  add_compile_options($<$<COMPILE_LANGUAGE:CXX>:${flag}>)
endforeach()
# Debug information and __FILE__ name files as seen from the root of the sources, wherever those stand.
add_compile_options(-ffile-prefix-map=${CMAKE_BINARY_DIR}=build -ffile-prefix-map=${CMAKE_SOURCE_DIR}=.)
if(POINTSMAN_WERROR)
  pm_compile_flags(-Werror)
endif()
add_link_options(-fuse-ld=lld-19)

if(POINTSMAN_SANITIZE)
  pm_compile_flags(-fsanitize=${POINTSMAN_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${POINTSMAN_SANITIZE})
endif()
if(POINTSMAN_FUZZ)
  pm_compile_flags(-fsanitize=fuzzer-no-link)
  if(NOT POINTSMAN_SANITIZE)
    add_link_options(-fsanitize=undefined)  # only for its runtime, where programs find what fuzzing calls
  endif()
endif()
if(POINTSMAN_LTO)
  pm_compile_flags(-flto=thin)
  # Two back-end threads a link and two links at a time (CMakePresets.json): more cores must not mean more memory.
  add_link_options(-flto=thin -Wl,--thinlto-jobs=2 -Wl,--thinlto-cache-dir=${CMAKE_BINARY_DIR}/lto-cache)
endif()
# What was counted while the program did its work (./dev profile): which branches are taken and what calls what, so that
# instructions that run stand together. Functions are told apart by their file's name without its folder, wherever the
# sources stand; for what has changed since, or was not reached, the compiler knows nothing and says nothing.
if(POINTSMAN_PROFILE_GENERATE)
  pm_compile_flags(-fprofile-generate -fprofile-update=atomic)
  pm_compile_flags("SHELL:-mllvm -static-func-full-module-prefix=false")
  add_link_options(-fprofile-generate)
endif()
if(POINTSMAN_PROFILE)
  set(profile ${POINTSMAN_PROFILE})
  if(CMAKE_GENERATOR STREQUAL "Ninja")
    # As seen from where the compiler runs: the same command for the same sources at any place (ccache, P27).
    file(RELATIVE_PATH profile ${CMAKE_BINARY_DIR} ${POINTSMAN_PROFILE})
  endif()
  # Its hash is in the command so that other counts compile everything anew.
  set_property(DIRECTORY ${CMAKE_SOURCE_DIR} APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${POINTSMAN_PROFILE})
  file(SHA256 ${POINTSMAN_PROFILE} profile_hash)
  pm_compile_flags(-DPOINTSMAN_PROFILE_HASH=${profile_hash})
  pm_compile_flags(-fprofile-use=${profile} -Wno-profile-instr-out-of-date -Wno-profile-instr-unprofiled
                   -Wno-backend-plugin)
  pm_compile_flags("SHELL:-mllvm -static-func-full-module-prefix=false")
endif()

# For a module whose work was not counted: the compiler is to know nothing of it, not that it never runs.
function(pm_not_profiled name)
  if(POINTSMAN_PROFILE)
    target_compile_options(pm_${name} PRIVATE $<$<COMPILE_LANGUAGE:C,CXX>:-fno-profile-use>)
  endif()
endfunction()
