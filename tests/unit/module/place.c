// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Makes and removes a test's directory.
#include "place.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int place_make(void **state)
{
    struct place *place = calloc(1, sizeof *place);

    assert_non_null(place);
    strcpy(place->dir, "/tmp/inferd-test-XXXXXX");
    assert_non_null(mkdtemp(place->dir));
    *state = place;
    return 0;
}

static int drop_one(const char *path, const struct stat *st, int type, struct FTW *walk)
{
    (void)st;
    (void)type;
    (void)walk;
    return remove(path);
}

int place_drop(void **state)
{
    struct place *place = *state;
    int status = nftw(place->dir, drop_one, 8, FTW_DEPTH | FTW_PHYS);

    free(place);
    return status;
}

const char *place_file(struct place *place, const char *name)
{
    snprintf(place->path, sizeof place->path, "%s/%s", place->dir, name);
    return place->path;
}

void place_write(struct place *place, const char *name, const void *data, size_t len)
{
    FILE *file = fopen(place_file(place, name), "wb");

    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

unsigned char *place_read(const char *module, size_t *len)
{
    char path[512];
    unsigned char *data;
    FILE *file;

    snprintf(path, sizeof path, "%s/%s.so", MODULES_DIR, module);
    file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    *len = (size_t)ftell(file);
    rewind(file);
    data = malloc(*len);
    assert_non_null(data);
    assert_int_equal(fread(data, 1, *len, file), *len);
    fclose(file);
    return data;
}

void place_module(struct place *place, const char *module, const char *as)
{
    char name[128];
    size_t len;
    unsigned char *data = place_read(module, &len);

    snprintf(name, sizeof name, "%s.so", as);
    place_write(place, name, data, len);
    free(data);
}
