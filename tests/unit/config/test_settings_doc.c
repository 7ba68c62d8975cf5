// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The tables of docs/settings.md are those of the host and of the modules in the build directory. To bring the file up
// to date: WRITE_DOCS=1 tests/unit/config/test_settings_doc
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <dlfcn.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <inferd/module.h>
#include "base/text.h"
#include "config/settings.h"

#define DOC SOURCE_DIR "/docs/settings.md"

static void read_doc(struct text *doc)
{
    FILE *file = fopen(DOC, "re");
    char part[4096];
    size_t n;

    assert_non_null(file);
    while ((n = fread(part, 1, sizeof(part), file)) > 0)
        text_append(doc, part, n);
    fclose(file);
}

static void add_module(struct text *tables, const char *path)
{
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    const struct inferd_module *module;

    if (!handle)
        fail_msg("%s", dlerror());
    module = dlsym(handle, INFERD_MODULE_SYMBOL);
    assert_non_null(module);
    if (module->settings.table) {
        text_printf(tables, "\n### %s\n\n", module->name);
        settings_markdown(&module->settings, tables);
    }
    dlclose(handle);
}

static void add_modules(struct text *tables)
{
    glob_t found;

    assert_int_equal(glob(BUILD_DIR "/plugins/.libs/*.so", 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++)
        add_module(tables, found.gl_pathv[i]);
    globfree(&found);
}

// Puts a region in the place of the document's, or compares the two.
static void check_region(struct text *doc, const char *name, const char *region)
{
    static const char end_mark[] = "\n<!-- end -->";
    char mark[64], *start, *end;
    struct text now;

    snprintf(mark, sizeof(mark), "<!-- generated: %s -->\n", name);
    start = strstr(doc->data, mark);
    assert_non_null(start);
    start += strlen(mark);
    end = strstr(start - 1, end_mark);
    assert_non_null(end);
    end = end < start ? start : end + 1;
    if (getenv("WRITE_DOCS")) {
        text_init(&now);
        text_append(&now, doc->data, (size_t)(start - doc->data));
        text_add(&now, region);
        text_add(&now, "\n");
        text_add(&now, end);
        text_free(doc);
        *doc = now;
    } else if (strlen(region) + 1 != (size_t)(end - start) || strncmp(start, region, strlen(region)) != 0)
        fail_msg("docs/settings.md is not up to date (%s): run WRITE_DOCS=1 tests/unit/config/test_settings_doc in the "
                 "build directory. It should have:\n%s",
                 name, region);
}

static void is_up_to_date(void **state)
{
    struct text doc, host, modules;
    FILE *file;

    (void)state;
    text_init(&doc);
    text_init(&host);
    text_init(&modules);
    settings_markdown(NULL, &host);
    add_modules(&modules);
    read_doc(&doc);
    check_region(&doc, "host", text_string(&host));
    check_region(&doc, "modules", text_string(&modules));
    if (getenv("WRITE_DOCS")) {
        file = fopen(DOC, "we");
        assert_non_null(file);
        assert_true(fputs(doc.data, file) >= 0);
        assert_int_equal(fclose(file), 0);
    }
    text_free(&doc);
    text_free(&host);
    text_free(&modules);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_up_to_date),
    };

    return cmocka_run_group_tests_name("settings_doc", tests, NULL, NULL);
}
