// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Reading PEM files.
#include "rpc/pem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_PEM_FILE (16 << 20)

bool pem_read(struct pem *pem, const char *path, const char *what, const char *block, char *error, size_t size)
{
    FILE *file = fopen(path, "re");
    long len = -1;

    if (file == NULL || fseek(file, 0, SEEK_END) != 0 || (len = ftell(file)) < 0 || fseek(file, 0, SEEK_SET) != 0)
        snprintf(error, size, "can't read the %s: %s: %s", what, path, strerror(errno));
    else if (len > MAX_PEM_FILE)
        snprintf(error, size, "can't read the %s: %s has more than %d MB", what, path, MAX_PEM_FILE >> 20);
    else if ((pem->text = calloc(1, (size_t)len + 1)) == NULL)
        snprintf(error, size, "out of memory");
    else if (fread(pem->text, 1, (size_t)len, file) != (size_t)len || strstr(pem->text, block) == NULL) {
        snprintf(error, size, "%s holds no %s in PEM form", path, what);
        free(pem->text);
        pem->text = NULL;
    }
    if (file != NULL)
        fclose(file);
    pem->len = pem->text != NULL ? (size_t)len : 0;
    return pem->text != NULL;
}

void pem_drop(struct pem *pem)
{
    if (pem->text != NULL)
        explicit_bzero(pem->text, pem->len);
    free(pem->text);
    *pem = (struct pem){.len = 0};
}
