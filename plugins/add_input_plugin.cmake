# add_input_plugin(NAME SOURCES file... [USES name...] [LINKS library...])
#
# One folder of plugins/ is one plugin. SOURCES has plugin.cpp (the entry point) and everything else. Made of it:
#   NAME_plugin   the shared library, plugins/NAME.so of the build tree, installed to <libdir>/fieldway/plugins;
#   plugin_NAME   a static library of the same sources, for the plugin's own tests.
# A plugin always has src/plugin_api and src/base, and nothing else of src/. USES names what plugins share
# (`common` is the target plugin_common); LINKS any other library. NAME's tests/CMakeLists.txt is added if there.
function(add_input_plugin name)
    cmake_parse_arguments(arg "" "" "SOURCES;USES;LINKS" ${ARGN})
    if(NOT "plugin.cpp" IN_LIST arg_SOURCES)
        message(FATAL_ERROR "plugins/${name}: SOURCES has no plugin.cpp, the entry point of a plugin")
    endif()
    set(used_targets fieldway_plugin_api)
    foreach(used ${arg_USES})
        if(used STREQUAL "plugin_api" OR used STREQUAL "base")
            continue()
        elseif(TARGET plugin_${used})
            list(APPEND used_targets plugin_${used})
        else()
            message(FATAL_ERROR "plugins/${name} may not use ${used}: a plugin knows src/plugin_api, src/base and "
                                "what plugins share (docs/plugin-guide.md)")
        endif()
    endforeach()

    add_library(plugin_${name} STATIC ${arg_SOURCES})
    target_link_libraries(plugin_${name} PUBLIC ${used_targets} ${arg_LINKS})
    # Headers are included as "modbus/schedule.h" or, from the plugin's own folder, as "schedule.h".
    target_include_directories(plugin_${name} PUBLIC ${PROJECT_SOURCE_DIR}/plugins ${CMAKE_CURRENT_SOURCE_DIR})
    fieldway_use_pch(plugin_${name})

    add_library(${name}_plugin MODULE plugin.cpp)
    target_link_libraries(${name}_plugin PRIVATE plugin_${name})
    set(symbols ${PROJECT_SOURCE_DIR}/plugins/plugin_symbols.map)
    target_link_options(${name}_plugin PRIVATE -Wl,--version-script=${symbols} -Wl,--exclude-libs,ALL)
    if(NOT FIELDWAY_SANITIZE AND NOT FIELDWAY_FUZZ)
        # A sanitizer's runtime may stand in the program alone.
        target_link_options(${name}_plugin PRIVATE -Wl,-z,defs)
    endif()
    set_target_properties(${name}_plugin PROPERTIES
        PREFIX "" OUTPUT_NAME ${name} SUFFIX .so DEFINE_SYMBOL "" LINK_DEPENDS ${symbols}
        LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/plugins)
    fieldway_use_pch(${name}_plugin)
    if(NOT TARGET all_plugins)
        add_custom_target(all_plugins)  # what tests of the whole gateway depend on
    endif()
    add_dependencies(all_plugins ${name}_plugin)
    install(TARGETS ${name}_plugin LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/fieldway/plugins)
    file(GLOB pages CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.md ${CMAKE_CURRENT_SOURCE_DIR}/sample.yaml)
    install(FILES ${pages} DESTINATION ${CMAKE_INSTALL_DOCDIR}/plugins/${name})

    add_test(NAME plugin_${name}_exports_one_symbol
             COMMAND ${CMAKE_COMMAND} -DNM=${CMAKE_NM} -DPLUGIN=$<TARGET_FILE:${name}_plugin>
                     -P ${PROJECT_SOURCE_DIR}/plugins/check_exports.cmake)
    set_tests_properties(plugin_${name}_exports_one_symbol PROPERTIES LABELS "unit;short")

    if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/tests/CMakeLists.txt)
        add_subdirectory(tests)
    endif()
endfunction()
