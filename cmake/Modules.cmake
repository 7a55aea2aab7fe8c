# etcdf_modules(TABLE): a static library `etcdf_NAME` for each line of lib/modules.txt whose folder
# exists, linked to the modules the line names and to ETCDF_EXTERNAL_NAME.
#
# In a module's folder, x.cc belongs to the library, x_test.cc to its test program, x_fuzz.cc is a fuzz
# In a module's folder and those below, x.cc belongs to the library, x_test.cc to its test program, x_fuzz.cc
# is a fuzz target of its own and x_bench.cc belongs to the benchmark program.
function(etcdf_modules table)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${table})
  file(STRINGS ${table} lines REGEX "^[a-z]")
  foreach(line IN LISTS lines)
    string(REGEX MATCH "^([a-z]+):(.*)$" _ "${line}")
    set(name ${CMAKE_MATCH_1})
    separate_arguments(uses UNIX_COMMAND "${CMAKE_MATCH_2}")
    list(TRANSFORM uses PREPEND etcdf_)
    etcdf_library(etcdf_${name} ${CMAKE_CURRENT_SOURCE_DIR}/${name}
                  LINK ${uses} ${ETCDF_EXTERNAL_${name}})
  endforeach()
  # Built only for what links it, so that the tools alone can be built without GoogleTest.
  set_target_properties(etcdf_testing PROPERTIES EXCLUDE_FROM_ALL ON)
endfunction()

# etcdf_library(NAME DIR LINK targets...): the library of the .cc files in DIR, and what tests it.
function(etcdf_library name dir)
  cmake_parse_arguments(arg "" "" "LINK" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${dir}/*.cc)
  list(FILTER sources EXCLUDE REGEX "(_test|_fuzz|_bench|[/_]main)\\.cc$")
  file(GLOB protos CONFIGURE_DEPENDS ${dir}/*.proto)
  if(sources OR protos)
    add_library(${name} STATIC ${sources} ${protos})
    target_link_libraries(${name} PUBLIC ${arg_LINK})
    set(scope PUBLIC)
  else()
    add_library(${name} INTERFACE)  # headers only, or not yet there
    target_link_libraries(${name} INTERFACE ${arg_LINK})
    set(scope INTERFACE)
  endif()
  target_include_directories(${name} ${scope} ${PROJECT_SOURCE_DIR}/lib ${PROJECT_SOURCE_DIR})
  if(protos)
    protobuf_generate(TARGET ${name} LANGUAGE cpp IMPORT_DIRS ${PROJECT_SOURCE_DIR}/lib
                      PROTOC_OUT_DIR ${PROJECT_BINARY_DIR}/generated)
    target_include_directories(${name} SYSTEM ${scope} ${PROJECT_BINARY_DIR}/generated)
    # Generated code is not ours to lint.
    target_compile_options(${name} PRIVATE -w)
  else()
    if(sources)
      target_compile_options(${name} PRIVATE ${ETCDF_WARNINGS})
    endif()
  endif()

  file(GLOB_RECURSE tests CONFIGURE_DEPENDS ${dir}/*_test.cc)
  if(ETCDF_TESTS AND tests)
    etcdf_test(${name}_test ${tests})
    target_link_libraries(${name}_test PRIVATE ${name})
  endif()

  file(GLOB_RECURSE fuzzers CONFIGURE_DEPENDS ${dir}/*_fuzz.cc)
  foreach(fuzzer IN LISTS fuzzers)
    etcdf_fuzz_target(${name} ${fuzzer})
  endforeach()

  file(GLOB_RECURSE benches CONFIGURE_DEPENDS ${dir}/*_bench.cc)
  if(ETCDF_BENCH AND benches)
    add_executable(${name}_bench ${benches})
    target_link_libraries(${name}_bench PRIVATE ${name} etcdf_testing benchmark::benchmark_main)
  endif()
endfunction()

# etcdf_tool(NAME LINK targets...), called from the tool's folder: the program NAME of its main.cc, over
# the library etcdf_NAME of its other sources, so that tests can call the tool in-process. Installed
# with its man page and completions.
function(etcdf_tool name)
  cmake_parse_arguments(arg "" "" "LINK" ${ARGN})
  etcdf_library(etcdf_${name} ${CMAKE_CURRENT_SOURCE_DIR} LINK ${arg_LINK})
  if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/main.cc)
    add_executable(${name} main.cc)
    target_compile_options(${name} PRIVATE ${ETCDF_WARNINGS})
    target_link_libraries(${name} PRIVATE etcdf_${name})
    set(docs ${PROJECT_SOURCE_DIR}/docs)
    install(TARGETS ${name} DESTINATION ${CMAKE_INSTALL_BINDIR})
    install(FILES ${docs}/man/${name}.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
    install(FILES ${docs}/completion/${name}.bash RENAME ${name}
            DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
    install(FILES ${docs}/completion/_${name}
            DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
  endif()
endfunction()

# etcdf_test(NAME sources...): a GoogleTest program with label `unit`.
function(etcdf_test name)
  add_executable(${name} ${ARGN})
  add_dependencies(unit_tests ${name})
  target_compile_options(${name} PRIVATE ${ETCDF_WARNINGS} ${ETCDF_TEST_OPTIONS})
  target_compile_definitions(${name} PRIVATE ETCDF_SOURCE_DIR="${PROJECT_SOURCE_DIR}"
                             ETCDF_TESTDATA="${PROJECT_SOURCE_DIR}/testdata")
  target_link_libraries(${name} PRIVATE etcdf_testing GTest::gtest_main)
  gtest_discover_tests(${name} PROPERTIES LABELS unit DISCOVERY_TIMEOUT 60)
endfunction()

# A fuzz target twice over: with libFuzzer (ETCDF_FUZZ) as a test that searches for
# ETCDF_FUZZ_SECONDS, and as a test that replays testdata/corpus/TARGET under the ordinary compiler.
# What libFuzzer finds stays in the build folder; a crash is added to the corpus by hand.
function(etcdf_fuzz_target library source)
  get_filename_component(target ${source} NAME_WE)
  if(ETCDF_FUZZ)
    add_executable(${target} ${source})
    target_compile_options(${target} PRIVATE ${ETCDF_WARNINGS})
    target_link_libraries(${target} PRIVATE ${library} etcdf_testing)
    target_link_options(${target} PRIVATE -fsanitize=fuzzer)
    set(found ${PROJECT_BINARY_DIR}/fuzz/${target})
    file(MAKE_DIRECTORY ${found}/corpus)
    file(MAKE_DIRECTORY ${PROJECT_SOURCE_DIR}/testdata/corpus/${target})
    add_test(NAME ${target}.fuzz
             COMMAND ${target} -max_total_time=${ETCDF_FUZZ_SECONDS} -timeout=20 -rss_limit_mb=2048
                     -print_final_stats=1 -artifact_prefix=${found}/ ${found}/corpus
                     ${PROJECT_SOURCE_DIR}/testdata/corpus/${target})
    set_tests_properties(${target}.fuzz PROPERTIES LABELS fuzz)
  elseif(ETCDF_TESTS)
    add_executable(${target}_replay ${source} ${PROJECT_SOURCE_DIR}/lib/testing/fuzz_replay_main.cc)
    target_compile_options(${target}_replay PRIVATE ${ETCDF_TEST_OPTIONS})
    target_link_libraries(${target}_replay PRIVATE ${library} etcdf_testing)
    add_test(NAME ${target}.replay
             COMMAND ${target}_replay ${PROJECT_SOURCE_DIR}/testdata/corpus/${target})
    set_tests_properties(${target}.replay PROPERTIES LABELS "unit;replay")
  endif()
endfunction()

# g++ 12 sees overlapping copies in std::string's operator+ where there are none (its bug 105651).
set(ETCDF_WARNINGS -Wall -Wextra -Wconversion -Wshadow -Wnon-virtual-dtor -Wimplicit-fallthrough
                   -Wold-style-cast $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)
