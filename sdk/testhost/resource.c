// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// inferd.resource/1 with what the test gives, while a component is created and bound.
#include <string.h>

#include "config/options.h"
#include "inner.h"

static struct inferd_bytes text(struct inferd_self *self, const char *subtree, const char *key, const char **where)
{
    struct testhost *testhost = self->testhost;

    if (testhost->started)
        testhost_broken("asks for the resource %s/%s when it is bound already", subtree, key);
    if (where)
        *where = arena_printf(&testhost->arena, "%s/%s", subtree, key);
    for (const struct testhost_resource *r = testhost->resources; r && r->subtree; r++)
        if (strcmp(r->subtree, subtree) == 0 && strcmp(r->key, key) == 0)
            return inferd_bytes_of(r->text);
    return (struct inferd_bytes){NULL, 0};
}

static const void *object(struct inferd_self *self, const char *subtree, const char *key,
                          const struct inferd_options *options, const char *path)
{
    struct testhost *testhost = self->testhost;
    const char *where;
    struct inferd_bytes found = text(self, subtree, key, &where);

    if (found.data)
        return options_fill_text(&testhost->arena, options, (const char *)found.data, found.len, where,
                                 &testhost->problems);
    problems_add(&testhost->problems, PROBLEM_CONFIG, path, "asks for \"%s\", but there is no %s: put it there", key,
                 where);
    return NULL;
}

const struct inferd_resource testhost_resource_table = {
    .size = sizeof(testhost_resource_table), .text = text, .object = object};
