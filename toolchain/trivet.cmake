# CMake's toolchain file for Trivet: cmake -DCMAKE_TOOLCHAIN_FILE=.../toolchain/trivet.cmake ...
# Programs see a Linux-compatible system (uname says Linux), so that is CMake's name for it; __trivet__ is defined.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR x86_64)

set(_trivet_bin "${CMAKE_CURRENT_LIST_DIR}/bin")
set(CMAKE_C_COMPILER "${_trivet_bin}/x86_64-trivet-cc")
set(CMAKE_CXX_COMPILER "${_trivet_bin}/x86_64-trivet-c++")
set(CMAKE_AR "${_trivet_bin}/x86_64-trivet-ar" CACHE FILEPATH "")
set(CMAKE_RANLIB "${_trivet_bin}/x86_64-trivet-ranlib" CACHE FILEPATH "")
set(CMAKE_NM "${_trivet_bin}/x86_64-trivet-nm" CACHE FILEPATH "")
set(CMAKE_STRIP "${_trivet_bin}/x86_64-trivet-strip" CACHE FILEPATH "")
set(CMAKE_OBJCOPY "${_trivet_bin}/x86_64-trivet-objcopy" CACHE FILEPATH "")
set(PKG_CONFIG_EXECUTABLE "${_trivet_bin}/x86_64-trivet-pkg-config" CACHE FILEPATH "")

# Programs that the build runs are the host's; libraries and headers are Trivet's only.
if(DEFINED ENV{TRIVET_SYSROOT})
  set(_trivet_sysroot "$ENV{TRIVET_SYSROOT}")
elseif(DEFINED ENV{TRIVET_CACHE})
  set(_trivet_sysroot "$ENV{TRIVET_CACHE}/sysroot")
else()
  set(_trivet_sysroot "${CMAKE_CURRENT_LIST_DIR}/../.cache/sysroot")
endif()
list(APPEND CMAKE_FIND_ROOT_PATH "${_trivet_sysroot}")
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)

# There is no dynamic loader: libraries are archives.
set(BUILD_SHARED_LIBS OFF CACHE BOOL "")
set_property(GLOBAL PROPERTY TARGET_SUPPORTS_SHARED_LIBS FALSE)

# Tests run in the guest.
set(CMAKE_CROSSCOMPILING_EMULATOR "${CMAKE_CURRENT_LIST_DIR}/../trivet;run;--quiet")
