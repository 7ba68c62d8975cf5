#!/bin/sh
# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# Every header of the SDK compiles alone, and twice, as C11 and as C++17, with nothing but the SDK to include from.
. "$(dirname "$0")/tap.sh"

headers=$(find sdk/include -name '*.h' | sed 's|^sdk/include/||' | sort)
warnings="-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wundef -Werror"

# Each header's complaints. $1: language and standard as flags; the compiler is in $compiler.
compile_alone() {
    for header in $headers; do
        # shellcheck disable=SC2086
        printf '#include <%s>\n#include <%s>\n' "$header" "$header" |
            $compiler $1 $warnings -fsyntax-only -Isdk/include - 2>&1
    done
}

compiler=${CC:-cc}
expect_none "headers compile alone as C11" "$(compile_alone '-x c -std=c11')"
compiler=${CXX:-g++}
if command -v "${compiler%% *}" >/dev/null 2>&1; then
    expect_none "headers compile alone as C++17" "$(compile_alone '-x c++ -std=c++17')"
else
    skip_check "headers compile alone as C++17" "no C++ compiler"
fi

done_checks
