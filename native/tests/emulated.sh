#!/usr/bin/env bash
# Native tests on processors that this machine is not, under QEMU's user emulation: no illegal instruction is reached
# without AVX2 and without AVX-512, and SEEDDELTA_ISA refuses what the emulated processor lacks.
# Usage: emulated.sh BUILD_FOLDER COMPILER [all]    all: every test that the emulated processor can run
set -euo pipefail
ulimit -c 0

tests=$1/bin/seeddelta-tests
compiler=$2
# The kernels at every tail, the codec, and a payload that goes through encoder, writer, reader and active kernels.
selected=kernels.*:codec*:builder_writer.an_independent*:Syrk.Equals*
# The first asks for an instruction of its own; digests encode for minutes what others encode in small; the rest repeats
# what smaller shapes have shown.
left_out=codec_f16.agrees_with_the_processor:digests.*
declare -A more=()
if [ "${3:-}" = all ]; then
    more[Haswell]=':*' # Westmere runs none of ggml, which is built for AVX2
else
    left_out+=:kernels.fht_base*:kernels.real_shapes
fi

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

die() { echo "emulated: $*" >&2; exit 1; }
declare -A cpus=([Westmere]=Westmere [Haswell]=Haswell,-hle,-rtm,-invpcid,-tsc-deadline,-pcid,-x2apic) # less what QEMU warns about
on() { qemu-x86_64 -cpu "${cpus[$1]}" "${@:2}"; }

# probe NAME INSTRUCTION: a program that does nothing but that instruction.
probe() {
    printf 'int main() { __asm__ volatile("%s"); return 0; }\n' "$2" >"$scratch/$1.cpp"
    "$compiler" "$scratch/$1.cpp" -o "$scratch/$1"
}
probe avx2 'vpaddd %ymm0, %ymm0, %ymm0'
probe avx512 'vpaddd %zmm0, %zmm0, %zmm0'

# The emulator must fault where the processor would, else all that follows proves nothing.
on Haswell "$scratch/avx2" || die "qemu-x86_64 cannot run AVX2; version 7.2 or newer is needed"
! on Westmere "$scratch/avx2" 2>/dev/null || die "qemu-x86_64 runs AVX2 on a processor without it"
! on Haswell "$scratch/avx512" 2>/dev/null || die "qemu-x86_64 runs AVX-512 on a processor without it"

# refuses CPU ISA REASON
refuses() {
    local said
    said=$(SEEDDELTA_ISA=$2 on "$1" "$tests" --gtest_filter='builder_writer.an_independent*' 2>&1) &&
        die "SEEDDELTA_ISA=$2 was accepted on $1"
    grep -qF "$3" <<<"$said" || die "SEEDDELTA_ISA=$2 on $1 said: $said"
    echo "$1: $3"
}

for cpu in Westmere Haswell; do
    on "$cpu" "$tests" --gtest_brief=1 --gtest_filter="$selected${more[$cpu]:-}-$left_out" | sed "s/^/$cpu: /"
done
refuses Westmere avx2 'SEEDDELTA_ISA=avx2: this CPU cannot run it (this machine can run: scalar)'
refuses Westmere avx512 'SEEDDELTA_ISA=avx512: this CPU cannot run it (this machine can run: scalar)'
refuses Haswell avx512 'SEEDDELTA_ISA=avx512: this CPU cannot run it (this machine can run: scalar, avx2)'
refuses Haswell sse9 'SEEDDELTA_ISA=sse9: unknown instruction set (this machine can run: scalar, avx2)'
