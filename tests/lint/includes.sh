#!/bin/sh
# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# Includes go downward only. Include paths can't say this, for all of the host is included from one folder on.
. "$(dirname "$0")/tap.sh"

# Of the host's folders, each may include itself and these.
allowed() { # folder
    case $1 in
    base) echo "base" ;;
    module | metrics | probe | rpc | process) echo "base $1" ;;
    config) echo "base rpc config" ;;
    plan) echo "base module process config plan" ;;
    run) echo "base module process config plan rpc metrics probe run" ;;
    front) echo "base module config plan rpc metrics probe run front" ;;
    daemon) echo "base module config plan rpc metrics probe process run front daemon" ;;
    *) echo "nothing, until tests/lint/includes.sh has a rule for it" ;;
    esac
}

# file:line:header of every #include of the given files.
included() {
    [ $# -gt 0 ] || return 0
    grep -nHE '^[[:space:]]*#[[:space:]]*include' "$@" |
        sed -E 's/^([^:]*):([0-9]+):[[:space:]]*#[[:space:]]*include[[:space:]]*([<"][^>"]*[>"]).*/\1:\2:\3/'
}

for path in host/*/; do
    folder=$(basename "$path")
    may=$(allowed "$folder" | tr ' ' '|')
    # shellcheck disable=SC2046
    expect_none "host/$folder includes only $(allowed "$folder")" \
        "$(included $(c_files "$path") | grep -E ':"' | grep -vE ":\"(($may)/|proto/|config\.h\")")"
done

# shellcheck disable=SC2046
expect_none "host/base includes nothing of the SDK" "$(included $(c_files host/base) | grep -E ':<inferd/')"
# shellcheck disable=SC2046
expect_none "gRPC's headers are in host/rpc and host/front only" \
    "$(included $(c_files host) | grep -E ':<grpc' | grep -vE '^host/(rpc|front)/')"
# shellcheck disable=SC2046
expect_none "libmicrohttpd's header is in host/front only" \
    "$(included $(c_files host) | grep -E ':<microhttpd' | grep -v '^host/front/')"

# A module: its own folder, the SDK, protocols, and libraries of its own, but none that are the host's.
for path in plugins/*/; do
    # shellcheck disable=SC2046
    expect_none "${path%/} includes only itself, the SDK and protocols" \
        "$(included $(c_files "$path") | grep -E ':"|<(grpc|microhttpd|ltdl)' | while IFS=: read -r file line header; do
            name=$(echo "$header" | tr -d '"')
            case $name in proto/*.pb-c.h) continue ;; esac
            [ -e "$(dirname "$file")/$name" ] && [ "${name#*..}" = "$name" ] || echo "$file:$line: $header"
        done)"
done
# shellcheck disable=SC2046
expect_none "the SDK includes only itself and libc" "$(included $(c_files sdk/include) | grep -vE ':<(inferd/|[a-z]+\.h>)')"

done_checks
