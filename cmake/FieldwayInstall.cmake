# `cmake --install build/release` gives a service: program, plugins (add_input_plugin installs each), unit, user,
# configuration, documents. DESTDIR and CMAKE_INSTALL_PREFIX as usual.
include(GNUInstallDirs)

# Where the program looks, whatever the prefix.
set(FIELDWAY_CONFIG_DIR /etc/fieldway)
# Where systemd looks for a prefix of /usr or /usr/local alike.
set(FIELDWAY_UNIT_DIR lib/systemd/system CACHE STRING "Folder of the unit, below the prefix")
set(FIELDWAY_SYSUSERS_DIR lib/sysusers.d CACHE STRING "Folder of the sysusers file, below the prefix")
set(FIELDWAY_TMPFILES_DIR lib/tmpfiles.d CACHE STRING "Folder of the tmpfiles file, below the prefix")

configure_file(systemd/fieldway.service.in systemd/fieldway.service @ONLY)
configure_file(systemd/fieldway.tmpfiles.conf.in systemd/fieldway.tmpfiles.conf @ONLY)

if(TARGET fieldway)
    install(TARGETS fieldway RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
install(FILES ${PROJECT_BINARY_DIR}/systemd/fieldway.service DESTINATION ${FIELDWAY_UNIT_DIR})
install(FILES systemd/fieldway.sysusers.conf DESTINATION ${FIELDWAY_SYSUSERS_DIR} RENAME fieldway.conf)
install(FILES ${PROJECT_BINARY_DIR}/systemd/fieldway.tmpfiles.conf DESTINATION ${FIELDWAY_TMPFILES_DIR}
        RENAME fieldway.conf)
install(FILES LICENSE README.md CHANGELOG.md CONTRIBUTING.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
# As in the source tree, so that the pages' links hold.
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DOCDIR} FILES_MATCHING PATTERN "*.md")
install(DIRECTORY config/profiles DESTINATION ${CMAKE_INSTALL_DATADIR}/fieldway FILES_MATCHING PATTERN "*.yaml")
install(DIRECTORY config/examples config/simulate DESTINATION ${CMAKE_INSTALL_DOCDIR}/config)

# A configuration that is there belongs to the operator: an installation never writes over it.
install(CODE "
    set(folder \"${FIELDWAY_CONFIG_DIR}\")
    if(EXISTS \"\$ENV{DESTDIR}\${folder}/fieldway.yaml\")
        message(STATUS \"Kept: \$ENV{DESTDIR}\${folder}/fieldway.yaml\")
    else()
        # file(INSTALL) puts DESTDIR in front itself.
        file(INSTALL \"${PROJECT_SOURCE_DIR}/config/fieldway.yaml\" DESTINATION \"\${folder}\")
    endif()")
