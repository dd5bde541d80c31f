# ccache for every target, ours and llama.cpp's. Paths are made relative to the build folder, so the fork, the
# reference and a second clone share what they have in common.

include_guard()

find_program(SEEDDELTA_CCACHE ccache)
mark_as_advanced(SEEDDELTA_CCACHE)
if(SEEDDELTA_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    set(launcher ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${SEEDDELTA_ROOT} CCACHE_NOHASHDIR=1
        CCACHE_SLOPPINESS=time_macros,include_file_mtime,include_file_ctime ${SEEDDELTA_CCACHE})
    set(CMAKE_C_COMPILER_LAUNCHER ${launcher})
    set(CMAKE_CXX_COMPILER_LAUNCHER ${launcher})
endif()
