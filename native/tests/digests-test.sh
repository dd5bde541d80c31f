#!/usr/bin/env bash
# The files of digests-test.cpp are the same under every instruction set that this CPU can run.
# Usage: digests-test.sh TESTS    (the seeddelta-tests executable)
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
ran=()
for isa in scalar avx2 avxvnni avx512 avx512vnni avx512vbmi; do
    if ! SEEDDELTA_ISA=$isa "$1" --gtest_filter='digests.*' > "$folder/$isa.log" 2>&1; then
        # scalar runs everywhere; what else fails must say that this CPU cannot
        if [ "$isa" != scalar ] && grep -q "SEEDDELTA_ISA=$isa: this CPU cannot run it" "$folder/$isa.log"; then
            echo "$isa: not on this CPU"
            continue
        fi
        cat "$folder/$isa.log"
        exit 1
    fi
    grep '^digest ' "$folder/$isa.log" > "$folder/$isa"
    [ "$(wc -l < "$folder/$isa")" -ge 8 ] || { echo "$isa made too few files"; exit 1; }
    cmp "$folder/scalar" "$folder/$isa" || { diff "$folder/scalar" "$folder/$isa"; exit 1; }
    ran+=("$isa")
done
echo "the same ${#ran[@]} times: ${ran[*]}"
cat "$folder/scalar"
