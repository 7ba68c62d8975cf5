# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# Sourced by the lints: goes to the source tree and says in TAP what was found. A check is a list of offenders; an empty
# one passes.
cd "${srcdir:-$(dirname "$0")/../..}" || exit 99
tap_count=0
tap_failed=0

expect_none() { # name, offenders a line each
    tap_count=$((tap_count + 1))
    if [ -z "$2" ]; then
        echo "ok $tap_count - $1"
    else
        tap_failed=1
        echo "not ok $tap_count - $1"
        printf '%s\n' "$2" | sed 's/^/#   /; 20{s/.*/#   and more/;q}'
    fi
}

skip_check() { # name, why
    tap_count=$((tap_count + 1))
    echo "ok $tap_count - $1 # SKIP $2"
}

done_checks() {
    echo "1..$tap_count"
    exit $tap_failed
}

# Takes away what make makes: a build in the source tree has it there. GENERATED is make's list.
not_generated() {
    # shellcheck disable=SC2086
    grep -vxF -e "$(printf '%s\n' ${GENERATED:-/})" | grep -v '^tests/installcheck/built/'
}

# The tree's C files: all there are, or those below the given folders.
c_files() {
    [ $# -gt 0 ] || set -- host sdk plugins tools tests bench examples
    find "$@" -name '*.[ch]' | sort | not_generated
}
