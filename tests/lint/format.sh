#!/bin/sh
# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# The form of the C code: clang-format's, and functions a reader can hold in mind.
. "$(dirname "$0")/tap.sh"

if [ -n "${CLANG_FORMAT:-}" ]; then
    expect_none "C files are formatted (mend: $CLANG_FORMAT -i FILE)" \
        "$(c_files | xargs "$CLANG_FORMAT" --dry-run -Werror 2>&1 | awk -F: '/error:/ && !seen[$1]++')"
else
    skip_check "C files are formatted" "clang-format-14 is missing"
fi

# A function is what stands between a { and a } in the first column.
expect_none "no function has over 100 lines" "$(c_files | xargs awk '
    FNR == 1 { first = 0 }
    /^\{/ { first = FNR }
    /^\}/ { if (first && FNR - first + 1 > 100) printf "%s:%d: %d lines\n", FILENAME, first, FNR - first + 1; first = 0 }')"

done_checks
