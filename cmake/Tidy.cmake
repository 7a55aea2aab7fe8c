# Target `tidy`: what clang and clang-tidy say of every source. Needs the headers that protoc writes, and
# nothing built. The preset `tidy` makes it.
find_program(ETCDF_CLANG_TIDY clang-tidy-16)
if(ETCDF_CLANG_TIDY AND CMAKE_CXX_COMPILER_ID STREQUAL Clang)
  find_package(Python3 REQUIRED COMPONENTS Interpreter)
  file(GLOB generated CONFIGURE_DEPENDS lib/proto/*.proto)
  list(TRANSFORM generated REPLACE "^${PROJECT_SOURCE_DIR}/lib/(.*)\\.proto$"
       "${PROJECT_BINARY_DIR}/generated/\\1.pb.h")
  add_custom_target(tidy
    COMMAND ${Python3_EXECUTABLE} -B ${CMAKE_CURRENT_LIST_DIR}/tidy.py
            ${ETCDF_CLANG_TIDY} ${PROJECT_BINARY_DIR} ${PROJECT_SOURCE_DIR}
    DEPENDS ${generated}
    USES_TERMINAL VERBATIM)
endif()
