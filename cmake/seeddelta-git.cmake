# git as a tool that no user setting can change.

include_guard()
include(${CMAKE_CURRENT_LIST_DIR}/seeddelta-pin.cmake)

function(seeddelta_require_git)
    find_program(SEEDDELTA_GIT git)
    mark_as_advanced(SEEDDELTA_GIT)
    if(NOT SEEDDELTA_GIT)
        seeddelta_stop("git was not found." "install the package 'git'.")
    endif()
endfunction()

# seeddelta_git(<result> <output> <environment list> <arguments>...)
# Runs git with hooks, signing, conversion and background work off. `output` holds stdout and stderr, stripped.
function(seeddelta_git out_result out_text environment)
    execute_process(
        COMMAND ${CMAKE_COMMAND} -E env GIT_TERMINAL_PROMPT=0 GIT_OPTIONAL_LOCKS=0 ${environment}
            ${SEEDDELTA_GIT} -c safe.directory=* -c core.autocrlf=false -c core.hooksPath=/dev/null
            -c core.attributesFile=/dev/null -c core.excludesFile=/dev/null -c core.fsmonitor=false
            -c commit.gpgSign=false -c gc.auto=0 -c maintenance.auto=false -c advice.detachedHead=false ${ARGN}
        RESULT_VARIABLE result
        OUTPUT_VARIABLE text
        ERROR_VARIABLE text
        OUTPUT_STRIP_TRAILING_WHITESPACE)
    string(STRIP "${text}" text)
    set(${out_result} "${result}" PARENT_SCOPE)
    set(${out_text} "${text}" PARENT_SCOPE)
endfunction()

# The tree id of what lies on disk in the work tree `dir`, hashed afresh: neither HEAD nor the index is believed.
# Ignored files are left out unless they are tracked. Empty when git fails.
function(seeddelta_tree_on_disk git_dir dir out_tree)
    set(index "${git_dir}/seeddelta-verify.index")
    file(REMOVE "${index}")
    set(environment GIT_INDEX_FILE=${index} GIT_DIR=${git_dir} GIT_WORK_TREE=${dir})
    set(tree "")
    # A fresh index carries no time stamps, so that `add` reads every file.
    seeddelta_git(result text "${environment}" read-tree HEAD)
    if(result EQUAL 0)
        seeddelta_git(result text "${environment}" -C "${dir}" add -A .)
    endif()
    if(result EQUAL 0)
        seeddelta_git(result text "${environment}" write-tree)
        if(result EQUAL 0)
            set(tree "${text}")
        endif()
    endif()
    file(REMOVE "${index}")
    set(${out_tree} "${tree}" PARENT_SCOPE)
endfunction()
