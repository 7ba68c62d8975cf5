// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// For each text three parts, each as its length in decimal, a colon, its bytes: the model (length '-' where it has
// none), the place, the text.
#include "compile_parcel.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "process/parcel.h"
#include "texts_inner.h"

static void add_part(struct text *out, const char *bytes, size_t len)
{
    text_printf(out, "%zu:", len);
    text_append(out, bytes, len);
}

int compile_parcel_pack(const struct texts *texts)
{
    struct text out;
    int fd = -1;

    text_init(&out);
    for (size_t i = 0; i < texts->count; i++) {
        const struct config_text *one = &texts->list[i];

        if (one->model)
            add_part(&out, one->model, strlen(one->model));
        else
            text_add(&out, "-:");
        add_part(&out, one->where, strlen(one->where));
        add_part(&out, one->text, one->len);
    }
    if (!out.failed)
        fd = parcel_pack(text_string(&out), out.len);
    text_free(&out);
    return fd;
}

// The next part, malloc'd and terminated; NULL where it is none ('-'), which *ok tells from what is wrong.
static char *take_part(const char **at, const char *end, size_t *len, bool *ok)
{
    size_t n = 0;
    char *part;

    if (*ok && end - *at >= 2 && memcmp(*at, "-:", 2) == 0) {
        *at += 2;
        return NULL;
    }
    for (; *at < end && **at >= '0' && **at <= '9'; ++*at)
        n = n * 10 + (size_t)(**at - '0');
    *ok = *ok && *at < end && *(*at)++ == ':' && n <= (size_t)(end - *at);
    part = *ok ? malloc(n + 1) : NULL;
    *ok = part;
    if (!part)
        return NULL;
    memcpy(part, *at, n);
    part[n] = '\0';
    *at += n;
    *len = n;
    return part;
}

bool compile_parcel_open(int fd, struct texts *texts)
{
    size_t len, ignored, text_len = 0;
    const char *at = parcel_open(fd, &len), *end = at ? at + len : NULL;
    bool ok = at;

    *texts = (struct texts){.count = 0};
    while (ok && at < end) {
        char *model = take_part(&at, end, &ignored, &ok), *where = take_part(&at, end, &ignored, &ok);
        char *text = take_part(&at, end, &text_len, &ok);

        ok = ok && where && text && texts_add(texts, model, where, text, text_len);
        free(model);
        free(where);
        free(text);
    }
    return ok;
}
