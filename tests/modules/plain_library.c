// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// A shared object that has nothing to do with inferd.
__attribute__((visibility("default"))) int inferd_something_else(void);

__attribute__((visibility("default"))) int inferd_something_else(void)
{
    return 42;
}
