// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The door of scoring calls. What it says to those it refuses tells nothing of models, tenants or callers that they
// don't know of anyway: it is said before a model is looked for. The log is told who it was, never by which token.
#include "front/permit.h"

#include <stdio.h>
#include <string.h>

#include <inferd/status.h>
#include <inferd/utf8.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/log_limit.h"
#include "front/access.h"
#include "front/asked.h"
#include "front/server.h"
#include "front/serving.h"
#include "front/session.h"
#include "front/tls_names.h"
#include "metrics/metrics.h"

#define SHOWN 128 // bytes of a name in a line

// A call at the door. Of who makes it, one name is known, or none.
struct asking {
    struct inbound *inbound;
    struct inferd_bytes model, tenant;
    const char *caller;      // in the access file
    const char *certificate; // the first name in it
};

static const char *cut(struct inferd_bytes name, char text[SHOWN + 1])
{
    snprintf(text, SHOWN + 1, "%.*s", name.len > SHOWN ? SHOWN : (int)name.len, (const char *)name.data);
    return *text ? text : NULL;
}

static bool refuse(const struct asking *asking, int counter, int status, const char *text)
{
    char model[SHOWN + 1], tenant[SHOWN + 1];

    metrics_add(counter, 1);
    if (log_limit_admit(&asking->inbound->server->denied, LOG_WARNING, clock_now_us())) {
        const struct log_field fields[] = {{"caller", asking->caller},
                                           {"certificate", asking->certificate},
                                           {"model", cut(asking->model, model)},
                                           {"tenant", cut(asking->tenant, tenant)},
                                           {NULL, NULL}};

        log_line(LOG_WARNING, "access_denied", fields, "refused a call: %s", text);
    }
    inbound_fail(asking->inbound, status, text);
    return false;
}

// The certificate was verified, or there would be no call.
static const struct access_caller *by_certificate(struct asking *asking, const struct access *access)
{
    const struct inbound *inbound = asking->inbound;
    const struct tls_names *names = inbound->asked ? inbound->asked->names : session_names(inbound->stream);
    const struct access_caller *caller = NULL;

    if (names)
        asking->certificate = names->count > 0 ? names->names[0] : "";
    for (size_t i = 0; names && !caller && i < names->count; i++)
        caller =
            access_by_subject(access, (struct inferd_bytes){(const uint8_t *)names->names[i], strlen(names->names[i])});
    return caller;
}

// NULL: the call was refused.
static const struct access_caller *identify(struct asking *asking, const struct access *access)
{
    const struct access_caller *caller;
    struct inferd_bytes header, token;

    if (inbound_header(asking->inbound, "authorization", &header)) {
        caller = access_token(header, &token) ? access_by_token(access, token) : NULL;
        if (!caller)
            refuse(asking, METRICS_ACCESS_UNKNOWN, INFERD_UNAUTHENTICATED,
                   "the token is not known here, or not any more; ask whoever runs this inferd for one");
        return caller;
    }
    caller = by_certificate(asking, access);
    if (!caller && asking->certificate)
        refuse(asking, METRICS_ACCESS_UNKNOWN, INFERD_UNAUTHENTICATED,
               "nobody is known here by the names in this certificate; ask whoever runs this inferd to add one");
    else if (!caller)
        refuse(asking, METRICS_ACCESS_NOTHING_SHOWN, INFERD_UNAUTHENTICATED,
               "callers must say who they are: send the header \"authorization: Bearer TOKEN\", or show a certificate");
    return caller;
}

bool front_permit(struct inbound *inbound, struct inferd_bytes model, struct inferd_bytes tenant)
{
    const struct access *access = inbound->server->serving->access;
    struct asking asking = {.inbound = inbound, .model = model, .tenant = tenant};
    const struct access_caller *caller = access ? identify(&asking, access) : NULL;
    char text[400];

    if (!access || !caller)
        return !access;
    asking.caller = access_name(caller);
    if (!access_to_model(caller, model)) {
        snprintf(text, sizeof(text), "%s may not ask for model %.*s", asking.caller,
                 model.len > SHOWN ? SHOWN : (int)model.len, (const char *)model.data);
        return refuse(&asking, METRICS_ACCESS_MODEL, INFERD_PERMISSION_DENIED, text);
    }
    if (access_to_tenant(caller, tenant))
        return true;
    if (tenant.len)
        snprintf(text, sizeof(text), "%s may not ask for tenant %.*s", asking.caller,
                 tenant.len > SHOWN || !inferd_utf8_valid(tenant) ? 0 : (int)tenant.len, (const char *)tenant.data);
    else
        snprintf(text, sizeof(text), "%s may not ask without a tenant", asking.caller);
    return refuse(&asking, METRICS_ACCESS_TENANT, INFERD_PERMISSION_DENIED, text);
}
