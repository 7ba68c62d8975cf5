// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// inferd.rpc/1: unary gRPC calls to backends. Channels are pooled by address and credentials over all components of the
// worker. A call's deadline is never later than its run's; when the run is cancelled its calls end with
// INFERD_CANCELLED.
#ifndef INFERD_EXT_RPC_H
#define INFERD_EXT_RPC_H

#include <inferd/host.h>

#ifdef __cplusplus
extern "C" {
#endif

#define INFERD_EXT_RPC "inferd.rpc/1"

struct inferd_method; // a method of a backend, with what every call of it sends

struct inferd_header {
    const char *name; // lower case
    const char *value;
};

struct inferd_method_options {
    uint32_t size;
    const char *address; // "host:port"
    const char *path;    // "/package.Service/Method"
    bool tls;            // verifies the peer
    int64_t timeout_ms;  // of each call; 0: only the run's deadline
    const struct inferd_header *headers;
    size_t header_count;
    const char *service;  // name of the service in metrics ("ext-service")
    const char *endpoint; // and of the method ("endpoint"); NULL: the path
    // With TLS, PEM files: of the CAs the peer is verified with, of the certificate that is shown to it, and of that
    // one's private key. NULL: what the host has for this address, else the system's CAs and no certificate.
    const char *ca_file, *cert_file, *key_file;
};

// The call ended. 'reply' is the message's bytes (status INFERD_OK only), valid as long as the run. 'detail' is the
// backend's or the transport's message, never NULL. [loop]
typedef void inferd_call_done(struct inferd_step *step, void *user, int status, const char *detail,
                              struct inferd_bytes reply);

struct inferd_rpc {
    uint32_t size;
    // Prepares a method: resolves nothing, connects nothing yet. Everything is copied. NULL after host->fail().
    // [control]
    struct inferd_method *(*open)(struct inferd_self *self, const struct inferd_method_options *options,
                                  const char *path);
    // Gives the method back; calls under way end first. [control]
    void (*close)(struct inferd_method *method);
    // Memory to write a call's message into: 'size' bytes, or NULL on exhaustion. Give it to call() or drop(). [loop]
    uint8_t *(*message)(struct inferd_step *step, size_t size);
    void (*drop)(struct inferd_step *step, uint8_t *message);
    // Sends the first 'size' bytes of a message; takes it over in any case. done is called exactly once, never before
    // this returns. INFERD_OK, or INFERD_RESOURCE_EXHAUSTED (done is not called then). [loop]
    int (*call)(struct inferd_step *step, struct inferd_method *method, uint8_t *message, size_t size,
                inferd_call_done *done, void *user);
};

#ifdef __cplusplus
}
#endif

#endif
