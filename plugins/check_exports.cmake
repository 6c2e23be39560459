# cmake -DNM=nm -DPLUGIN=file.so -P check_exports.cmake: fails unless the one symbol is exported, and no other.
execute_process(COMMAND ${NM} -D --defined-only --format=posix ${PLUGIN}
                OUTPUT_VARIABLE symbols COMMAND_ERROR_IS_FATAL ANY)
string(REGEX REPLACE " [^\n]*\n" ";" symbols "${symbols}")
list(FILTER symbols EXCLUDE REGEX "^$")
if(NOT symbols STREQUAL "fieldway_plugin_entry")
    message(FATAL_ERROR "${PLUGIN} exports [${symbols}]; a plugin exports fieldway_plugin_entry alone")
endif()
