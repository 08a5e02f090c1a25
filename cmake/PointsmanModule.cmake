# One folder under src/ = one static library = one namespace = one test program.
#
# pm_module(NAME [DEPS module ...] [LIBS target ...])
#   Compiles every .cc of the folder into pm_NAME; *_test.cc become the program NAME_test (ctest label "unit").
#   DEPS are lower modules (tools/layers.toml checks the direction); LIBS are third-party targets.
function(pm_module name)
  cmake_parse_arguments(arg "" "" "DEPS;LIBS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  set(tests ${sources})
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$")
  list(FILTER sources EXCLUDE REGEX "^${CMAKE_CURRENT_SOURCE_DIR}/(at_build|main)/")  # programs that run while the module is built
  list(TRANSFORM arg_DEPS PREPEND pm_)
  if(sources)
    add_library(pm_${name} STATIC ${sources})
    set(scope PUBLIC)
  else()
    add_library(pm_${name} INTERFACE)
    set(scope INTERFACE)
  endif()
  set_property(GLOBAL APPEND PROPERTY PM_MODULES pm_${name})
  target_include_directories(pm_${name} ${scope} ${CMAKE_SOURCE_DIR}/src)
  target_link_libraries(pm_${name} ${scope} ${arg_DEPS} ${arg_LIBS})
  if(POINTSMAN_TESTS AND tests)
    add_executable(${name}_test ${tests})
    target_link_libraries(${name}_test PRIVATE pm_${name} GTest::gmock GTest::gtest_main)
    target_include_directories(${name}_test PRIVATE ${CMAKE_SOURCE_DIR}/tests)
    target_compile_definitions(${name}_test PRIVATE POINTSMAN_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
    add_test(NAME unit.${name} COMMAND ${name}_test WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
    set_tests_properties(unit.${name} PROPERTIES LABELS unit TIMEOUT 600)
  endif()
endfunction()

# pm_embed(TARGET NAME FILE): links FILE into TARGET as `extern "C" const unsigned char pm_embed_NAME[]` followed by
# `pm_embed_NAME_end[]`; one zero byte stands after the end. A relative FILE is taken from the calling folder. The object
# is rebuilt when FILE changes and holds no path of the machine that built it.
function(pm_embed target name file)
  cmake_path(ABSOLUTE_PATH file BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} NORMALIZE OUTPUT_VARIABLE path)
  if(path MATCHES "^${CMAKE_BINARY_DIR}/")
    set(root ${CMAKE_BINARY_DIR})
  else()
    set(root ${CMAKE_SOURCE_DIR})
  endif()
  cmake_path(RELATIVE_PATH path BASE_DIRECTORY ${root} OUTPUT_VARIABLE shown)
  set(asm ${CMAKE_CURRENT_BINARY_DIR}/embed_${name}.S)
  # CONFIGURE, unlike WRITE, leaves an unchanged file alone: configuring again rebuilds nothing.
  file(CONFIGURE OUTPUT ${asm} @ONLY CONTENT "// @shown@
.section .rodata
.balign 64
.global pm_embed_@name@
.type pm_embed_@name@, %object
pm_embed_@name@:
.incbin \"@shown@\"
.size pm_embed_@name@, . - pm_embed_@name@
.global pm_embed_@name@_end
.type pm_embed_@name@_end, %object
pm_embed_@name@_end:
.byte 0
.size pm_embed_@name@_end, 1
.section .note.GNU-stack,\"\",%progbits
")
  set_source_files_properties(${asm} TARGET_DIRECTORY ${target} PROPERTIES
    LANGUAGE ASM OBJECT_DEPENDS ${path} INCLUDE_DIRECTORIES ${root})
  target_sources(${target} PRIVATE ${asm})
endfunction()

# pm_links_of(FILE OUTPUT): the targets a program's first line asks for: `// links: pm_http pm_json`.
# A program without that line does not configure, and the message says what to write.
function(pm_links_of file output)
  file(STRINGS ${file} first LIMIT_COUNT 1)
  if(NOT first MATCHES "^// links: *(.*)$")
    message(FATAL_ERROR "${file}:1: the first line must name the libraries it links, e.g. `// links: pm_http pm_json`")
  endif()
  string(REGEX REPLACE "[ ,]+" ";" links "${CMAKE_MATCH_1}")
  foreach(link ${links})
    if(NOT TARGET ${link})
      message(FATAL_ERROR "${file}:1: there is no library ${link}; modules are named pm_<folder of src/>")
    endif()
  endforeach()
  set(${output} ${links} PARENT_SCOPE)
endfunction()
