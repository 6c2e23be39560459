# fieldway_library(NAME SOURCES file... [USES folder...] [LINKS library...])
#
# One folder of src/ is one library, fieldway_NAME. USES names other folders of src/; the link order below is
# the architecture (docs/architecture.md), and a folder may use only what stands to its left:
#   base < {flow, plugin_api} < config < profile < {mapping, queue, mqtt} < {input, uplink, downlink}
#        < {control, admin, service} < app
# Folders of one level do not see each other. tests/tidy checks the includes against the same table.
function(fieldway_level_of name result)
    set(level 0)
    foreach(folders "base" "flow,plugin_api" "config" "profile" "mapping,queue,mqtt" "input,uplink,downlink"
            "control,admin,service" "app")
        string(REPLACE "," ";" folders "${folders}")
        if(name IN_LIST folders)
            set(${result} ${level} PARENT_SCOPE)
            return()
        endif()
        math(EXPR level "${level} + 1")
    endforeach()
    message(FATAL_ERROR "src/${name} is not a folder of the architecture: see cmake/FieldwayLibrary.cmake")
endfunction()

function(fieldway_use_pch target)
    if(NOT FIELDWAY_PCH)
        return()
    endif()
    if(NOT TARGET fieldway_pch)
        add_library(fieldway_pch OBJECT ${PROJECT_SOURCE_DIR}/cmake/pch.cpp)
        target_precompile_headers(fieldway_pch PRIVATE ${PROJECT_SOURCE_DIR}/cmake/pch.h)
        target_link_libraries(fieldway_pch PRIVATE Boost::headers Boost::json Threads::Threads)
    endif()
    target_precompile_headers(${target} REUSE_FROM fieldway_pch)
endfunction()

function(fieldway_library name)
    cmake_parse_arguments(arg "" "" "SOURCES;USES;LINKS" ${ARGN})
    fieldway_level_of(${name} own_level)
    add_library(fieldway_${name} STATIC ${arg_SOURCES})
    target_include_directories(fieldway_${name} PUBLIC ${PROJECT_SOURCE_DIR}/src)
    foreach(used ${arg_USES})
        fieldway_level_of(${used} used_level)
        if(NOT used_level LESS own_level)
            message(FATAL_ERROR "src/${name} may not use src/${used}: a folder links only what stands to its left "
                                "(docs/architecture.md)")
        endif()
        target_link_libraries(fieldway_${name} PUBLIC fieldway_${used})
    endforeach()
    target_link_libraries(fieldway_${name} PUBLIC ${arg_LINKS} Boost::headers Boost::json Threads::Threads)
    fieldway_use_pch(fieldway_${name})
endfunction()
