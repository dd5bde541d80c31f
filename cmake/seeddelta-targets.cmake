# How our own targets are compiled: portable flags, hidden symbols, no fused multiply-add behind our back, and
# wider instruction sets only in the files that say so in their name.

include_guard()

set(SEEDDELTA_WARNINGS -Wall -Wextra -Wpedantic -Wshadow -Wcast-qual)
if(SEEDDELTA_WERROR)
    list(APPEND SEEDDELTA_WARNINGS -Werror)
endif()
set(SEEDDELTA_EXACT_FLOAT -ffp-contract=off)
set(SEEDDELTA_SANITIZERS -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
if(SEEDDELTA_FUZZ)
    list(APPEND SEEDDELTA_SANITIZERS -fsanitize=fuzzer-no-link)
endif()

set(SEEDDELTA_ISA_avx2 -mavx2 -mfma -mf16c)
# GCC 12's own AVX-512 header sets off -W[maybe-]uninitialized (GCC bug 105593).
set(SEEDDELTA_ISA_avx512 -mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx2 -mfma -mf16c -Wno-maybe-uninitialized
    -Wno-uninitialized)
set(SEEDDELTA_ISA_avxvnni ${SEEDDELTA_ISA_avx2} -mavxvnni)
set(SEEDDELTA_ISA_avx512vnni ${SEEDDELTA_ISA_avx512} -mavx512vnni)
set(SEEDDELTA_ISA_avx512vbmi ${SEEDDELTA_ISA_avx512vnni} -mavx512vbmi)

# Rules that every target of ours follows.
function(seeddelta_own target)
    target_compile_options(${target} PRIVATE ${SEEDDELTA_WARNINGS} ${SEEDDELTA_EXACT_FLOAT})
    target_include_directories(${target} PUBLIC ${SEEDDELTA_NATIVE_DIR} ${SEEDDELTA_NATIVE_DIR}/include)
    set_target_properties(${target} PROPERTIES
        POSITION_INDEPENDENT_CODE ON CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
    if(SEEDDELTA_SANITIZE)
        target_compile_options(${target} PRIVATE ${SEEDDELTA_SANITIZERS})
        target_link_options(${target} PUBLIC ${SEEDDELTA_SANITIZERS})
    endif()
endfunction()

# Gives `name-<isa>.cpp` the flags of that instruction set. On another CPU family such files are dropped from the list;
# the dispatcher asks the compiler for its target and never names their functions there.
function(seeddelta_isa_sources list_name)
    set(kept "")
    foreach(source IN LISTS ${list_name})
        if(source MATCHES "-(avx[0-9a-z]*)\\.cpp$")
            set(isa ${CMAKE_MATCH_1})
            if(NOT DEFINED SEEDDELTA_ISA_${isa})
                message(FATAL_ERROR " ${source}: no flags for '${isa}'. To do: add SEEDDELTA_ISA_${isa} in cmake/.")
            endif()
            if(NOT CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64)$")
                continue()
            endif()
            set_source_files_properties(${source} PROPERTIES COMPILE_OPTIONS "${SEEDDELTA_ISA_${isa}}")
        endif()
        list(APPEND kept ${source})
    endforeach()
    set(${list_name} "${kept}" PARENT_SCOPE)
endfunction()

# Compiles `sources` of the calling folder into `target` of llama.cpp and links `libraries` into it.
function(seeddelta_add_to_llama target sources libraries)
    list(TRANSFORM sources PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/)
    target_sources(${target} PRIVATE ${sources})
    # Ours keep our flags, less the warnings that llama.cpp's own headers set off.
    set(warnings ${SEEDDELTA_WARNINGS})
    list(REMOVE_ITEM warnings -Wshadow -Wcast-qual -Wpedantic)
    set_source_files_properties(${sources} TARGET_DIRECTORY ${target} PROPERTIES
        SKIP_UNITY_BUILD_INCLUSION ON
        COMPILE_OPTIONS "${warnings};${SEEDDELTA_EXACT_FLOAT}")
    target_include_directories(${target} PRIVATE ${SEEDDELTA_NATIVE_DIR} ${SEEDDELTA_NATIVE_DIR}/include)
    target_link_libraries(${target} PRIVATE ${libraries})
endfunction()
