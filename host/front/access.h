// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Who may ask for what: the access file, lines of
//
//     NAME sha256:HASH|cert:SUBJECT [models=LIST] [tenants=LIST] [admin]
//
// A caller shows a token, whose SHA-256 is HASH, or a certificate that names SUBJECT. Lists are parted by commas; an
// entry that ends with * is a beginning. What isn't given isn't allowed. Knows nothing of requests.
//
// Threads: any, while it isn't freed.
#ifndef FRONT_ACCESS_H
#define FRONT_ACCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <inferd/bytes.h>

struct access;
struct access_caller;

// NULL with "FILE:LINE: why" in error. path NULL: nobody may do anything.
struct access *access_new(const char *path, char *error, size_t size);
void access_free(struct access *access); // NULL is fine

// NULL: nobody that is known.
const struct access_caller *access_by_token(const struct access *access, struct inferd_bytes token);
const struct access_caller *access_by_subject(const struct access *access, struct inferd_bytes subject);
// The token of an "authorization" header's value; false: it has none.
bool access_token(struct inferd_bytes header, struct inferd_bytes *token);

const char *access_name(const struct access_caller *caller);
bool access_to_model(const struct access_caller *caller, struct inferd_bytes model);
bool access_to_tenant(const struct access_caller *caller, struct inferd_bytes tenant); // "": a request without one
bool access_to_admin(const struct access_caller *caller);

#endif
