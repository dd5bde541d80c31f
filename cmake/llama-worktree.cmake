# The same machinery without a project, for tests and for fetching ahead of time:
#   cmake -D PIN=native/llama/PIN -D PATCHES=native/llama/patches -D WORKTREE=dir -P cmake/llama-worktree.cmake
# Without PATCHES the work tree is the unpatched reference. Without WORKTREE only the cache is filled.

cmake_minimum_required(VERSION 3.22)
include(${CMAKE_CURRENT_LIST_DIR}/seeddelta-llama-worktree.cmake)

seeddelta_read_pin("${PIN}")
set(files "")
if(DEFINED PATCHES)
    seeddelta_read_series("${PATCHES}" files digest)
endif()
if(DEFINED WORKTREE)
    seeddelta_llama_worktree("${WORKTREE}" "${files}" tree)
    message(STATUS "llama.cpp ${PIN_TAG}: tree ${tree} in ${WORKTREE}")
else()
    seeddelta_obtain_llama("${CMAKE_CURRENT_BINARY_DIR}/seeddelta-source.git" repo)
    message(STATUS "llama.cpp ${PIN_TAG}: ${repo}")
endif()
