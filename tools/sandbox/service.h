// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What the server hands to a service, and what a service hands back. Services are plain functions from a request's
// bytes to a reply's bytes; they know nothing of gRPC, sockets and time.
#ifndef SANDBOX_SERVICE_H
#define SANDBOX_SERVICE_H

#include <inferd/bytes.h>
#include <inferd/status.h>

#include "store.h"
#include "writer.h"

enum service { SERVICE_ONFS, SERVICE_KSERVE, SERVICE_NUMERIX, SERVICES };

// How the services answer where a real one might answer either way.
struct service_manners {
    bool drop_missing; // OnFS leaves out unknown keys, instead of answering with empty columns
    bool typed;        // KServe answers with typed contents, instead of raw ones
};

struct exchange {
    const struct service_manners *manners;
    struct store *store;
    struct arena *arena; // for what is gone when the exchange is over
    struct inferd_bytes request;
    struct writer reply;
    enum inferd_status status;
    char message[1024]; // why status isn't INFERD_OK
    char note[192];     // what was asked for, for --verbose
};

struct service_method {
    enum service service;
    const char *path; // "/package.Service/Method"
    void (*answer)(struct exchange *exchange);
};

extern const struct service_method service_methods[];
extern const size_t n_service_methods;

const char *service_name(enum service service); // "onfs", "kserve", "numerix"

// Ends an exchange with an error; the reply is forgotten.
void exchange_fail(struct exchange *exchange, enum inferd_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void exchange_note(struct exchange *exchange, const char *format, ...) __attribute__((format(printf, 2, 3)));

// The values of all fields of that number that hold bytes; n_values says how many. NULL after exchange_fail.
struct inferd_bytes *exchange_list(struct exchange *exchange, struct inferd_bytes message, uint32_t number,
                                   size_t *n_values);

void onfs_retrieve_features(struct exchange *exchange);
void kserve_server_live(struct exchange *exchange);
void kserve_server_ready(struct exchange *exchange);
void kserve_server_metadata(struct exchange *exchange);
void kserve_model_ready(struct exchange *exchange);
void kserve_model_metadata(struct exchange *exchange);
void kserve_model_infer(struct exchange *exchange);
void numerix_compute(struct exchange *exchange);

#endif
