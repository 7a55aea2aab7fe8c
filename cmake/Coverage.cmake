# Target `coverage_report`: what the last ctest run of this build folder executed, as text and as
# coverage.html in that folder. The preset `coverage` sets the flags and runs the tests first.
find_program(GCOVR gcovr)
if(GCOVR)
  add_custom_target(coverage_report
    COMMAND ${GCOVR} --root ${PROJECT_SOURCE_DIR} --exclude-throw-branches
            --filter ${PROJECT_SOURCE_DIR}/lib/ --filter ${PROJECT_SOURCE_DIR}/dump-
            --exclude ".*_(test|fuzz|bench)\\.cc" --exclude ${PROJECT_SOURCE_DIR}/lib/testing/
            --exclude ${PROJECT_BINARY_DIR}/
            --html-details ${PROJECT_BINARY_DIR}/coverage.html --print-summary
            --object-directory ${PROJECT_BINARY_DIR} ${PROJECT_BINARY_DIR}
    VERBATIM)
endif()
