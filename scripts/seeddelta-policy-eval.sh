#!/usr/bin/env bash
# Builds a SeedΔ model with a policy and evaluates it against its base: 'seeddelta build', then 'seeddelta eval'.
set -euo pipefail

usage() {
    cat << 'TEXT'
usage: seeddelta-policy-eval.sh --base MODEL.gguf --policy P.json --text T --outdir DIR [options]
  --layers L          only these layers, e.g. 0-3,8
  --imatrix I.gguf    importance of the inputs
  --threads N         worker threads
  --ctx N[,N]         tokens per chunk (512)
  --chunks N          most chunks to score
  --no-strip-dense    keep the dense weight of every tensor that is replaced
  --greedy-pack [F]   let both models answer prompts, those of F or those that ship
Leaves model.gguf, report.json, eval.json and eval.html in DIR. Exit codes are those of seeddelta.
Example:
  scripts/seeddelta-policy-eval.sh --base model.gguf --policy policy.json --text wiki.test.raw --outdir result
TEXT
}

fail() {
    echo "seeddelta-policy-eval.sh: $1; see --help" >&2
    exit 2
}

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
base= policy= text= outdir=
strip=(--strip-dense) build=() eval=() both=()
while [[ $# -gt 0 ]]; do
    case $1 in
        --help | -h)
            usage
            exit 0
            ;;
        --no-strip-dense)
            strip=()
            shift
            continue
            ;;
        --greedy-pack)
            eval+=(--greedy-pack)
            if [[ $# -gt 1 && $2 != --* ]]; then
                eval[-1]=--greedy-pack=$2
                shift
            fi
            shift
            continue
            ;;
        --base | --policy | --text | --outdir | --layers | --imatrix | --threads | --ctx | --chunks) ;;
        *) fail "unknown option '$1'" ;;
    esac
    [[ $# -ge 2 ]] || fail "$1 needs a value"
    case $1 in
        --base) base=$2 ;;
        --policy) policy=$2 ;;
        --text) text=$2 ;;
        --outdir) outdir=$2 ;;
        --layers | --imatrix) build+=("$1" "$2") ;;
        --threads) both+=("$1" "$2") ;;
        --ctx | --chunks) eval+=("$1" "$2") ;;
    esac
    shift 2
done
for name in base policy text outdir; do
    [[ -n ${!name} ]] || fail "--$name is missing"
done

mkdir -p "$outdir"
"$root/seeddelta" build "$base" -o "$outdir/model.gguf" --policy "$policy" --report "$outdir/report.json" \
    ${strip[@]+"${strip[@]}"} ${build[@]+"${build[@]}"} ${both[@]+"${both[@]}"}
"$root/seeddelta" eval --base "$base" --model "$outdir/model.gguf" --text "$text" --out "$outdir" --kld \
    ${eval[@]+"${eval[@]}"} ${both[@]+"${both[@]}"}
