#!/usr/bin/env bash
# Runs make targets in a row and goes on after one that fails: tools/parts.sh NAME TARGET...
# Each target's words go to the screen and to out/NAME/TARGET.log; one closing line each comes last.
set -uo pipefail
cd "$(dirname "$0")/.."
name=$1
shift
mkdir -p "out/$name"
closing=()
failed=0
for target in "$@"; do
    start=$SECONDS
    echo "== $target"
    if make --no-print-directory "$target" 2>&1 | tee "out/$name/$target.log"; then
        verdict=ok
    else
        verdict=FAILED
        failed=1
    fi
    closing+=("$name: $target $verdict in $((SECONDS - start)) s (out/$name/$target.log)")
done
printf '%s\n' "${closing[@]}"
exit $failed
