# fieldway_unit_test(NAME SOURCES file... USES target...): a GoogleTest program, run by CTest with label `unit`.
# Its claims must hold without sleeping and without fixed ports.
include(GoogleTest)

function(fieldway_unit_test name)
    cmake_parse_arguments(arg "" "" "SOURCES;USES" ${ARGN})
    add_executable(${name} ${arg_SOURCES})
    target_link_libraries(${name} PRIVATE ${arg_USES} GTest::gtest GTest::gmock GTest::gtest_main)
    target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
    target_compile_definitions(${name} PRIVATE FIELDWAY_SOURCE_DIR="${PROJECT_SOURCE_DIR}"
                               FIELDWAY_BINARY_DIR="${PROJECT_BINARY_DIR}")
    fieldway_use_pch(${name})
    add_test(NAME ${name} COMMAND ${name})
    set_tests_properties(${name} PROPERTIES LABELS "unit;short" TIMEOUT 300)
endfunction()

# fieldway_fuzzer(NAME SOURCES file... USES target... CORPUS folder): with FIELDWAY_FUZZ a libFuzzer program that
# runs for $FIELDWAY_FUZZ_SECONDS (60); without it the same entry point replays the corpus in the short suite.
function(fieldway_fuzzer name)
    cmake_parse_arguments(arg "" "CORPUS" "SOURCES;USES" ${ARGN})
    add_executable(${name} ${arg_SOURCES})
    target_link_libraries(${name} PRIVATE ${arg_USES})
    if(NOT TARGET fuzzers)
        add_custom_target(fuzzers)
    endif()
    add_dependencies(fuzzers ${name})
    if(FIELDWAY_FUZZ)
        target_link_options(${name} PRIVATE -fsanitize=fuzzer)
        add_test(NAME ${name}
                 COMMAND sh -c [[exec "$0" -max_total_time="${FIELDWAY_FUZZ_SECONDS:-60}" "$@"]]
                         $<TARGET_FILE:${name}> -timeout=10 -rss_limit_mb=2048
                         ${CMAKE_CURRENT_BINARY_DIR}/${name}_corpus ${arg_CORPUS})
        file(MAKE_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/${name}_corpus)
        set_tests_properties(${name} PROPERTIES LABELS "fuzz" TIMEOUT 300)
    else()
        target_sources(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests/fuzz/replay.cpp)
        fieldway_use_pch(${name})
        add_test(NAME ${name}_corpus COMMAND ${name} ${arg_CORPUS})
        set_tests_properties(${name}_corpus PROPERTIES LABELS "unit;short" TIMEOUT 120)
    endif()
endfunction()
