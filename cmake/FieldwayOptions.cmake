# Compiler settings that are the same for every target: a program, its plugins and their tests share one
# precompiled header only when they are compiled alike.
set(FIELDWAY_SANITIZE "" CACHE STRING "Sanitizers, as -fsanitize= takes them")
set(FIELDWAY_DEBUG_LEVEL "2" CACHE STRING "-g level of a Debug build; 1 keeps line numbers, builds faster")
option(FIELDWAY_PCH "One precompiled header for all targets" ON)
option(FIELDWAY_FUZZ "Build the libFuzzer targets as fuzzers (clang)" OFF)
option(FIELDWAY_COVERAGE "Instrument for gcov" OFF)
option(FIELDWAY_BENCH "Build tests/bench" ON)

if(NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()
set(CMAKE_CXX_FLAGS_DEBUG "-O0 -g${FIELDWAY_DEBUG_LEVEL}")
set(CMAKE_C_FLAGS_DEBUG "-O0 -g${FIELDWAY_DEBUG_LEVEL}")

# A plugin exports one symbol, so everything that may end in one is hidden and position independent.
# -fPIC for all (not CMake's -fPIE for programs): the precompiled header must be made with the same option.
set(CMAKE_POSITION_INDEPENDENT_CODE OFF)
add_compile_options(-fPIC)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-fno-gnu-unique>)
endif()

add_compile_options(-Wall -Wextra -Wpedantic -Werror -Wshadow -Wconversion
                    $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor> $<$<COMPILE_LANGUAGE:CXX>:-Woverloaded-virtual>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # g++ 12 reports these inside the standard library and Boost for correct code once it inlines.
    add_compile_options(-Wno-error=maybe-uninitialized -Wno-error=restrict -Wno-error=array-bounds
                        -Wno-error=stringop-overflow -Wno-error=stringop-overread
                        $<$<COMPILE_LANGUAGE:CXX>:-Wno-error=dangling-pointer>)
endif()

if(FIELDWAY_SANITIZE)
    add_compile_options(-fsanitize=${FIELDWAY_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    add_link_options(-fsanitize=${FIELDWAY_SANITIZE})
    if(FIELDWAY_SANITIZE MATCHES "thread")
        add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-Wno-tsan>)
    endif()
endif()
if(FIELDWAY_FUZZ)
    add_compile_options(-fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=all -fno-omit-frame-pointer)
    add_link_options(-fsanitize=address,undefined)
endif()
if(FIELDWAY_COVERAGE)
    add_compile_options(--coverage)
    add_link_options(--coverage)
endif()

find_program(FIELDWAY_CCACHE ccache)
if(FIELDWAY_CCACHE)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${FIELDWAY_CCACHE})
    if(FIELDWAY_PCH AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-fpch-preprocess>)
    endif()
endif()
find_program(FIELDWAY_LLD ld.lld)
if(FIELDWAY_LLD AND NOT FIELDWAY_FUZZ)
    add_link_options(-fuse-ld=lld)
endif()
