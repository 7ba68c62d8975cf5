// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The door of scoring calls. What it says to those it refuses tells nothing of models, tenants or callers that they
// don't know of anyway: it is said before a model is looked for.
#include "front/permit.h"

#include <stdio.h>
#include <string.h>

#include <inferd/status.h>
#include <inferd/utf8.h>
#include "front/access.h"
#include "front/asked.h"
#include "front/server.h"
#include "front/serving.h"
#include "front/session.h"
#include "front/tls_names.h"
#include "metrics/metrics.h"

static bool refuse(struct inbound *inbound, int counter, int status, const char *text)
{
    metrics_add(counter, 1);
    inbound_fail(inbound, status, text);
    return false;
}

// The certificate was verified, or there would be no call.
static const struct access_caller *by_certificate(const struct inbound *inbound, const struct access *access,
                                                  bool *shown)
{
    const struct tls_names *names = inbound->asked ? inbound->asked->names : session_names(inbound->stream);
    const struct access_caller *caller = NULL;

    *shown = names != NULL;
    for (size_t i = 0; names && !caller && i < names->count; i++)
        caller =
            access_by_subject(access, (struct inferd_bytes){(const uint8_t *)names->names[i], strlen(names->names[i])});
    return caller;
}

// NULL: the call was refused.
static const struct access_caller *identify(struct inbound *inbound, const struct access *access)
{
    const struct access_caller *caller;
    struct inferd_bytes header, token;
    bool shown = false;

    if (inbound_header(inbound, "authorization", &header)) {
        caller = access_token(header, &token) ? access_by_token(access, token) : NULL;
        if (!caller)
            refuse(inbound, METRICS_ACCESS_UNKNOWN, INFERD_UNAUTHENTICATED,
                   "the token is not known here, or not any more; ask whoever runs this inferd for one");
        return caller;
    }
    caller = by_certificate(inbound, access, &shown);
    if (!caller && shown)
        refuse(inbound, METRICS_ACCESS_UNKNOWN, INFERD_UNAUTHENTICATED,
               "nobody is known here by the names in this certificate; ask whoever runs this inferd to add one");
    else if (!caller)
        refuse(inbound, METRICS_ACCESS_NOTHING_SHOWN, INFERD_UNAUTHENTICATED,
               "callers must say who they are: send the header \"authorization: Bearer TOKEN\", or show a certificate");
    return caller;
}

bool front_permit(struct inbound *inbound, struct inferd_bytes model, struct inferd_bytes tenant)
{
    const struct access *access = inbound->server->serving->access;
    const struct access_caller *caller = access ? identify(inbound, access) : NULL;
    char text[400];

    if (!access || !caller)
        return !access;
    if (!access_to_model(caller, model)) {
        snprintf(text, sizeof(text), "%s may not ask for model %.*s", access_name(caller),
                 model.len > 128 ? 128 : (int)model.len, (const char *)model.data);
        return refuse(inbound, METRICS_ACCESS_MODEL, INFERD_PERMISSION_DENIED, text);
    }
    if (access_to_tenant(caller, tenant))
        return true;
    if (tenant.len)
        snprintf(text, sizeof(text), "%s may not ask for tenant %.*s", access_name(caller),
                 tenant.len > 128 || !inferd_utf8_valid(tenant) ? 0 : (int)tenant.len, (const char *)tenant.data);
    else
        snprintf(text, sizeof(text), "%s may not ask without a tenant", access_name(caller));
    return refuse(inbound, METRICS_ACCESS_TENANT, INFERD_PERMISSION_DENIED, text);
}
