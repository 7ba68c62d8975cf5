#!/bin/sh
# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# Every metric is fed by some code, and what modules count is documented.
. "$(dirname "$0")/tap.sh"

# kind, id and StatsD name of each line of the host's table
table() {
    tr '\n' ' ' <host/metrics/counters.tbl | grep -oE 'METRICS_(HOST|SERIES)\([A-Z0-9_]+, *[A-Z]+, *"[^"]+"' |
        sed -E 's/METRICS_(HOST|SERIES)\(([A-Z0-9_]+), *[A-Z]+, *"([^"]+)"/\1 \2 \3/'
}

# Host's values that a struct is laid over are counted by their member's name.
fed_as_member() { # id
    member=$(echo "$1" | sed -E 's/^(CONNECTIONS|WORKERS)_//' | tr 'A-Z' 'a-z')
    grep -qE "_Atomic uint64_t ([a-z0-9_]+, )*$member(,|;)" host/process/counters.h &&
        grep -rqE "counters->$member\b" host/process --include='*.c'
}

unfed() {
    table | while read -r _ id statsd; do
        grep -rqE "METRICS_$id\b" host --include='*.c' --include='*.h' --exclude-dir=daemon && continue
        grep -rE "METRICS_$id\b" host/daemon --include='*.c' | grep -qvE 'METRICS_[A-Z_]+ - METRICS_|&metrics_host_values' &&
            continue
        fed_as_member "$id" && continue
        grep -rqF "\"$statsd\"" plugins --include='*.c' && continue # under its name, by a kind
        echo "$id ($statsd)"
    done
}

# Members that hold a metric of a module: made in one place, added to in another.
unfed_of_modules() {
    for folder in plugins/*/; do
        # shellcheck disable=SC2046
        cat $(c_files "$folder") | tr '\n' ' ' | grep -oE '[a-z_]+->[a-z_]+(\[i\])? = +([a-z]+->)?metrics->(counter|timing)\(' |
            sed -E 's/.*->([a-z_]+)(\[i\])? = .*/\1/' | sort -u | while read -r member; do
            # shellcheck disable=SC2046
            cat $(c_files "$folder") | tr '\n' ' ' |
                grep -qE "(add|observe|feature_count)\([^;]*->$member\b" || echo "${folder}: $member"
        done
    done
}

undocumented() {
    # shellcheck disable=SC2046
    grep -ohE '"(inferd|inferflow)(\.[a-z0-9_]+)+"' $(c_files plugins) | tr -d '"' | sort -u | while read -r name; do
        grep -qF "\`$name\`" docs/metrics.md || echo "$name"
    done
}

expect_none "the table was read" "$([ "$(table | wc -l)" -eq "$(grep -cE '^METRICS_(HOST|SERIES)\(' host/metrics/counters.tbl)" ] || table)"
expect_none "every metric of the host is fed" "$(unfed)"
expect_none "every metric of a module is fed" "$(unfed_of_modules)"
expect_none "every metric of a module is in docs/metrics.md" "$(undocumented)"

done_checks
