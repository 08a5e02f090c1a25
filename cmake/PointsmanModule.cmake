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
  list(TRANSFORM arg_DEPS PREPEND pm_)
  if(sources)
    add_library(pm_${name} STATIC ${sources})
    set(scope PUBLIC)
  else()
    add_library(pm_${name} INTERFACE)
    set(scope INTERFACE)
  endif()
  target_include_directories(pm_${name} ${scope} ${CMAKE_SOURCE_DIR}/src)
  target_link_libraries(pm_${name} ${scope} ${arg_DEPS} ${arg_LIBS})
  if(POINTSMAN_TESTS AND tests)
    add_executable(${name}_test ${tests})
    target_link_libraries(${name}_test PRIVATE pm_${name} GTest::gmock GTest::gtest_main)
    target_include_directories(${name}_test PRIVATE ${CMAKE_SOURCE_DIR}/tests)
    target_compile_definitions(${name}_test PRIVATE POINTSMAN_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
    add_test(NAME unit.${name} COMMAND ${name}_test WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
    set_tests_properties(unit.${name} PROPERTIES LABELS unit TIMEOUT 300)
  endif()
endfunction()

# pm_embed(TARGET NAME FILE): links FILE into TARGET as `extern const unsigned char pm_embed_NAME[], pm_embed_NAME_end[]`.
function(pm_embed target name file)
  set(asm ${CMAKE_CURRENT_BINARY_DIR}/embed_${name}.S)
  file(WRITE ${asm} ".section .rodata\n.global pm_embed_${name}\n.global pm_embed_${name}_end\n.balign 64\n"
                    "pm_embed_${name}:\n.incbin \"${file}\"\npm_embed_${name}_end:\n.byte 0\n"
                    ".section .note.GNU-stack,\"\",@progbits\n")
  set_source_files_properties(${asm} PROPERTIES OBJECT_DEPENDS ${file} LANGUAGE ASM)
  target_sources(${target} PRIVATE ${asm})
endfunction()
