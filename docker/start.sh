#!/bin/sh
# Runs `twin` in the container. The first time it writes settings by which the pages can be reached
# from outside of the container; compose.yaml lets this machine alone in.
set -eu
mkdir -p "$TMPDIR"
if [ ! -e "$TWIN_CONFIG" ]; then
    printf '[web]\nhost = "0.0.0.0"\n' > "$TWIN_CONFIG"
fi
exec twin "$@"
