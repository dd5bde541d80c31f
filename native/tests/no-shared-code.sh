#!/usr/bin/env bash
# Object files compiled for a wider instruction set must not define symbols that the linker shares between objects
# (weak, unique, inline): it could keep their copy for portable code, which would then die on an older CPU.
# Usage: no-shared-code.sh BUILD_FOLDER
set -euo pipefail

mapfile -t objects < <(find "$1/op" "$1/builder" -name '*-avx*.cpp.o')
[ "${#objects[@]}" -ge 4 ] || { echo "found ${#objects[@]} object files of wider instruction sets in $1, expected 4 or more"; exit 1; }
status=0
for object in "${objects[@]}"; do
    if shared=$(nm -C --defined-only "$object" | grep -E ' [WVu] '); then
        printf '%s defines shared symbols:\n%s\n' "$object" "$shared"
        status=1
    fi
done
exit $status
