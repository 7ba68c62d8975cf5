// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// A directory of its own for each test of the loader, with copies of the built test modules in it.
#ifndef TESTS_UNIT_MODULE_PLACE_H
#define TESTS_UNIT_MODULE_PLACE_H

#include <stddef.h>

#define MODULES_DIR BUILD_DIR "/tests/modules/.libs"

struct place {
    char dir[64];
    char path[256]; // what place_file() returned last
};

int place_make(void **state); // cmocka's set-up: *state is a struct place
int place_drop(void **state);
// The path of a file in the directory; overwritten by the next call.
const char *place_file(struct place *place, const char *name);
// Copies a test module ("good_1_9") there as <as>.so. In place of what was there, as cp does.
void place_module(struct place *place, const char *module, const char *as);
void place_write(struct place *place, const char *name, const void *data, size_t len);
// The bytes of a test module; malloc'd.
unsigned char *place_read(const char *module, size_t *len);

#endif
