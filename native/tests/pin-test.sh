#!/usr/bin/env bash
# How llama.cpp is obtained, verified and patched, on a source of two files: every way it can go wrong must stop the
# build with a message that names the remedy, and going right must be repeatable.
#
#   pin-test.sh <repository root> [cmake]
set -euo pipefail

root=$(cd "$1" && pwd)
cmake=$(command -v "${2:-cmake}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
export GIT_AUTHOR_NAME=t GIT_AUTHOR_EMAIL=t GIT_COMMITTER_NAME=t GIT_COMMITTER_EMAIL=t
export SEEDDELTA_CACHE=$work/cache
unset SEEDDELTA_LLAMA_SOURCE XDG_CACHE_HOME
cd "$work"

fail() { echo "FAIL: $*" >&2; exit 1; }
passed=0
ok() { passed=$((passed + 1)); echo "ok: $1"; }

# ---- a source, a pin and a patch -----------------------------------------------------------------------------------

git init -q -b main origin
printf 'one\ntwo\nthree\n' >origin/a.txt
seq 2000 | sed 's/.*/& & &/' >origin/b.txt
git -C origin add -A
git -C origin commit -q -m source
git -C origin tag v9
tree=$(git -C origin rev-parse 'HEAD^{tree}')
git -C origin bundle create -q "$work/good.bundle" HEAD 2>/dev/null

mkdir -p stage/package/llama
cp good.bundle stage/package/llama/gitRelease.bundle
tar -C stage -czf good.tgz package
digest=$("$cmake" -E sha512sum good.tgz | cut -d' ' -f1)
integrity=sha512-$(printf '%b' "$(sed 's/../\\x&/g' <<<"$digest")" | base64 -w0)

pin() { # pin <tree> <repository>
    cat <<EOF
TAG=v9
GGML_VERSION=0.0.0
TREE=$1
NPM_PACKAGE=carrier
NPM_VERSION=1.0.0
NPM_INTEGRITY=$integrity
NPM_BUNDLE=package/llama/gitRelease.bundle
REPOSITORY=$2
EOF
}
nowhere=file://$work/nowhere
pin "$tree" "$nowhere" >PIN

mkdir patches
(cd origin && sed -i 's/two/TWO/' a.txt && git diff >../patches/0001-two.patch && git checkout -q .)
echo 0001-two.patch >patches/series

# ---- a machine with chosen tools -----------------------------------------------------------------------------------

# tools <folder> <names>...: a PATH that holds only these and what scripts cannot do without
tools() {
    local folder=$work/$1 name
    mkdir -p "$folder"
    shift
    for name in env sh bash base64 od cp cat "$@"; do ln -sf "$(command -v "$name")" "$folder/$name"; done
}
tools no-npm git
tools no-git
tools with-npm git
# Stands for the registry's client: hands out the file that PACKAGE names, as `npm pack` would.
cat >with-npm/npm <<'EOF'
#!/usr/bin/env bash
[ -n "${PACKAGE:-}" ] || exit 7
while [ $# -gt 0 ]; do [ "$1" = --pack-destination ] && cp "$PACKAGE" "$2/carrier-1.0.0.tgz"; shift; done
EOF
chmod +x with-npm/npm

# prepare [VAR=value...] -- [-D...]: the machinery under test, on this PATH
prepare() {
    local environment=(PATH="$work/${machine:-no-npm}")
    while [ "$1" != -- ]; do environment+=("$1"); shift; done
    shift
    env "${environment[@]}" "$cmake" -D "PIN=${pin_file:-$work/PIN}" "$@" -P "$root/cmake/llama-worktree.cmake"
}

# stops <title> <pattern>... -- <prepare arguments>: must fail, and the message must match every pattern
stops() {
    local title=$1 patterns=() text pattern
    shift
    while [ "$1" != -- ]; do patterns+=("$1"); shift; done
    shift
    if text=$(prepare "$@" 2>&1); then fail "$title: went through: $text"; fi
    for pattern in "${patterns[@]}" 'To do:'; do
        grep -q -- "$pattern" <<<"$text" || fail "$title: no '$pattern' in: $text"
    done
    ok "$title"
}
works() {
    local title=$1 text
    shift
    text=$(prepare "$@" 2>&1) || fail "$title: $text"
    ok "$title"
}

# ---- sources -------------------------------------------------------------------------------------------------------

good=SEEDDELTA_LLAMA_SOURCE=$work/good.bundle

works "a bundle" "$good" -- -D WORKTREE=w-bundle
cmp -s w-bundle/a.txt origin/a.txt || fail "the work tree differs from the source"
works "a checkout" "SEEDDELTA_LLAMA_SOURCE=$work/origin" -- -D WORKTREE=w-checkout
mkdir plain && cp origin/*.txt plain/
works "a folder without git" "SEEDDELTA_LLAMA_SOURCE=$work/plain" -- -D WORKTREE=w-plain

size=$(stat -c %s good.bundle)
cp good.bundle torn.bundle
printf 'XXXXXXXX' | dd of=torn.bundle bs=1 seek=$((size / 2)) conv=notrunc status=none
stops "a tampered bundle" "expected tree $tree" "no readable source" -- \
    "SEEDDELTA_LLAMA_SOURCE=$work/torn.bundle" -- -D WORKTREE=w1
[ ! -e w1 ] || fail "a tampered bundle left a work tree"

echo evil >>plain/a.txt
stops "a tampered folder" "expected tree $tree" "found tree" -- "SEEDDELTA_LLAMA_SOURCE=$work/plain" -- -D WORKTREE=w1
git clone -q origin dirty && echo evil >>dirty/a.txt
stops "a modified checkout" "unmodified" "a.txt" -- "SEEDDELTA_LLAMA_SOURCE=$work/dirty" -- -D WORKTREE=w1
stops "a source that is not there" "does not exist" -- "SEEDDELTA_LLAMA_SOURCE=$work/none" -- -D WORKTREE=w1

pin 0123456789012345678901234567890123456789 "$nowhere" >PIN-other
pin_file=$work/PIN-other stops "a wrong tree id" "expected tree 0123456789" "found tree $tree" -- "$good" -- -D WORKTREE=w1
grep -v '^TREE' PIN >PIN-short
pin_file=$work/PIN-short stops "a pin without tree" "no line TREE=" -- "$good" -- -D WORKTREE=w1

# ---- npm, the repository, the cache --------------------------------------------------------------------------------

stops "neither npm nor repository" "npm was not found" "git fetch v9" "SEEDDELTA_LLAMA_SOURCE" -- -- -D WORKTREE=w1
machine=no-git stops "no git" "git was not found" "install the package 'git'" -- "$good" -- -D WORKTREE=w1
cp good.tgz evil.tgz && printf 'x' >>evil.tgz
machine=with-npm stops "a package of other content" "sha512" "nothing was unpacked" -- "PACKAGE=$work/evil.tgz" -- -D WORKTREE=w1
machine=with-npm stops "npm offline" "npm pack carrier@1.0.0 failed" -- -- -D WORKTREE=w1
[ -z "$(find cache -name repo.git)" ] || fail "a refused source entered the cache"

pin "$tree" "file://$work/origin" >PIN-repository
pin_file=$work/PIN-repository SEEDDELTA_CACHE=$work/cache-2 works "the tag, without npm" -- -D WORKTREE=w-tag
git -C origin tag -f v9 "$(git -C origin commit-tree -m empty "$(git -C origin mktree </dev/null)")" >/dev/null
pin_file=$work/PIN-repository SEEDDELTA_CACHE=$work/cache-3 stops "a moved tag" "expected tree $tree" "thrown away" -- -- -D WORKTREE=w1

machine=with-npm works "the package" "PACKAGE=$work/good.tgz" -- -D WORKTREE=w-npm
works "the cache, offline" -- -D WORKTREE=w-cache
repository=$(find cache -name repo.git)
git --git-dir="$repository" update-ref refs/heads/pin \
    "$(git --git-dir="$repository" commit-tree -m evil "$(git --git-dir="$repository" mktree </dev/null)")"
stops "a tampered cache" "expected tree $tree in the cache" "remove" -- -- -D WORKTREE=w1
[ ! -e w1 ] || fail "a refused source left a work tree"

# ---- patches -------------------------------------------------------------------------------------------------------

fork=(-D WORKTREE=fork -D "PATCHES=$work/patches")
works "a series" "$good" -- "${fork[@]}"
[ "$(sed -n 2p fork/a.txt)" = TWO ] || fail "the patch is not in the work tree"
before=$(stat -c '%i %Y %Z' fork/a.txt fork/b.txt)
works "the same series again" -- "${fork[@]}"
[ "$before" = "$(stat -c '%i %Y %Z' fork/a.txt fork/b.txt)" ] || fail "applying again touched files"

echo 'by hand' >>fork/a.txt
stops "a change by hand" "changed by hand" "fork" -- -- "${fork[@]}"
grep -q 'by hand' fork/a.txt || fail "the change by hand was overwritten"
git -C fork diff >patches/0002-hand.patch
echo 0002-hand.patch >>patches/series
works "the change by hand, exported as a patch" -- "${fork[@]}"

other=$(stat -c '%i %Y %Z' fork/b.txt)
echo 0001-two.patch >patches/series
works "a shorter series" -- "${fork[@]}"
grep -q 'by hand' fork/a.txt && fail "the dropped patch is still in the work tree"
[ "$other" = "$(stat -c '%i %Y %Z' fork/b.txt)" ] || fail "a changed series rewrote a file that it does not touch"

sed 's/three/trois/' patches/0001-two.patch >patches/0003-bad.patch
printf '0001-two.patch\n0003-bad.patch\n' >patches/series
stops "a patch that does not apply" "0003-bad.patch" "does not apply" "native/llama/README.md" -- -- "${fork[@]}"
[ "$(sed -n 2p fork/a.txt)" = TWO ] || fail "a failed series changed the work tree"
echo 0004-none.patch >patches/series
stops "a patch that is not there" "0004-none.patch" -- -- "${fork[@]}"

mkdir foreign && echo mine >foreign/file
stops "a folder of someone else" "did not make it" -- "$good" -- -D WORKTREE=foreign
[ -e foreign/file ] || fail "a folder of someone else was removed"

# ---- the series of this repository ----------------------------------------------------------------------------------

added=0
while read -r name; do
    case $name in '' | '#'*) continue ;; esac
    patch=$root/native/llama/patches/$name
    added=$((added + $(git apply --numstat "$patch" | awk '{ n += $1 } END { print n }')))
    for header in Subject: Origin: Forwarded: Drop-When:; do
        grep -q "^$header" "$patch" || fail "$name has no line $header"
    done
    grep -q "${name%.patch}" "$root/native/llama/README.md" || fail "$name is not in native/llama/README.md"
done <"$root/native/llama/patches/series"
[ "$added" -le 60 ] || fail "the series adds $added lines to upstream files; 60 are allowed"
ok "the series adds $added of 60 lines"

echo "pin-test: $passed checks passed"
