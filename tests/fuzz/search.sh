#!/bin/sh
# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# `make fuzz`: lets each program search for so many seconds, from its corpus on. What it finds it keeps below tests/fuzz
# of the build: found/<thing> has inputs that cover more, broken/<thing> those that broke something.
set -eu
seconds=$1
shift
: "${srcdir:?}"
broken=0
for program; do
    name=${program##*/fuzz_}
    mkdir -p "tests/fuzz/found/$name" "tests/fuzz/broken/$name"
    set --
    [ ! -e "$srcdir/tests/fuzz/dict/$name.dict" ] || set -- -dict="$srcdir/tests/fuzz/dict/$name.dict"
    echo "== $name, for $seconds s"
    "./$program" "$@" -max_total_time="$seconds" -timeout=300 -rss_limit_mb=2048 -max_len=16384 -close_fd_mask=2 -print_final_stats=1 \
        -artifact_prefix="tests/fuzz/broken/$name/" "tests/fuzz/found/$name" "$srcdir/tests/fuzz/corpus/$name" \
        >"tests/fuzz/$name.log" 2>&1 || broken=1
    grep -E 'DONE|ERROR|broken promise|stat::number_of_executed_units|SUMMARY' "tests/fuzz/$name.log"
done
exit $broken
