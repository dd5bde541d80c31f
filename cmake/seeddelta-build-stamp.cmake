# The target that builds what is used, and seeddelta-build.json beside it: what was built, from what, for which CPU.
# The file exists only when the last build went through to its end.

include_guard()

# The instruction sets that ggml may use without asking the CPU.
set(_machine "")
if(NOT SEEDDELTA_PORTABLE)
    set(_machine -march=native)
endif()
execute_process(
    COMMAND ${CMAKE_CXX_COMPILER} ${_machine} -dM -E -x c++ /dev/null
    OUTPUT_VARIABLE _macros ERROR_QUIET)
set(_features "")
foreach(_feature AVX AVX2 FMA F16C BMI2 AVXVNNI AVX512F AVX512BW AVX512CD AVX512DQ AVX512VL AVX512VBMI AVX512VNNI
                 AVX512BF16 AMX_INT8)
    string(TOLOWER ${_feature} _name)
    if(_macros MATCHES "#define __${_feature}__ " OR (SEEDDELTA_PORTABLE AND _feature MATCHES "^(AVX|AVX2|FMA|F16C|BMI2)$"))
        list(APPEND _features "\"${_name}\"")
    endif()
endforeach()
string(REPLACE ";" ", " _features "${_features}")
if(SEEDDELTA_PORTABLE)
    set(_portable true)
else()
    set(_portable false)
endif()

set(_plan ${CMAKE_BINARY_DIR}/CMakeFiles/seeddelta-build.json)
set(_stamp ${CMAKE_BINARY_DIR}/seeddelta-build.json)
file(WRITE ${_plan} "{
  \"variant\": \"${SEEDDELTA_LLAMA_VARIANT}\",
  \"pin_tag\": \"${PIN_TAG}\",
  \"ggml_version\": \"${PIN_GGML_VERSION}\",
  \"pin_tree\": \"${PIN_TREE}\",
  \"tree\": \"${LLAMA_TREE}\",
  \"series_sha256\": \"${SERIES_SHA256}\",
  \"compiler\": \"${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}\",
  \"build_type\": \"${CMAKE_BUILD_TYPE}\",
  \"portable\": ${_portable},
  \"cpu_features\": [${_features}]
}
")
file(REMOVE ${_stamp})

# Copied anew by every build, so that its time says when the build ended.
add_custom_target(seeddelta-all ALL COMMAND ${CMAKE_COMMAND} -E copy ${_plan} ${_stamp}
    COMMENT "Recording the build" VERBATIM)
foreach(_target ggml llama ${SEEDDELTA_TOOLS} seeddelta-codec seeddelta-kernels seeddelta seeddelta-tests fuzz-payload fuzz-model
        seeddelta-bench)
    if(TARGET ${_target} AND NOT (SEEDDELTA_SANITIZE AND _target STREQUAL "ggml"))
        add_dependencies(seeddelta-all ${_target})
    endif()
endforeach()
