# Debian 12 packages, each found once, here. Which folder of src/ may include which is a test: tests/tidy.
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json url)
find_package(spdlog REQUIRED)
find_package(fmt REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(pugixml REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(CLI11 REQUIRED)
find_package(GTest REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(libmodbus REQUIRED IMPORTED_TARGET libmodbus)
pkg_check_modules(libsystemd REQUIRED IMPORTED_TARGET libsystemd)
pkg_check_modules(libzstd REQUIRED IMPORTED_TARGET libzstd)
pkg_check_modules(muparser REQUIRED IMPORTED_TARGET muparser)
find_package(eclipse-paho-mqtt-c REQUIRED)

# Asio is compiled once (src/base/asio.cpp) instead of in every file that includes it.
add_compile_definitions(BOOST_ASIO_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED)

# Debian's own interpreter: python3-pymodbus and the like are installed for it, whatever else stands in PATH.
find_program(FIELDWAY_PYTHON python3 PATHS /usr/bin NO_DEFAULT_PATH REQUIRED)
