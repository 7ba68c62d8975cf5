// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The reading of faults from options, and the drawing of lots.
#include "faults.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

void faults_init(struct faults *faults)
{
    *faults = (struct faults){.random = UINT64_C(0x9e3779b97f4a7c15)};
}

// The service in front of a text, which is moved beyond it; SERVICES for all, -1 for one that doesn't exist.
static int read_service(const char **text)
{
    const char *colon = strchr(*text, ':');

    if (!colon)
        return SERVICES;
    for (int i = 0; i < SERVICES; i++) {
        const char *name = service_name((enum service)i);

        if (strlen(name) == (size_t)(colon - *text) && strncmp(*text, name, strlen(name)) == 0) {
            *text = colon + 1;
            return i;
        }
    }
    return -1;
}

static bool read_number(const char *text, double largest, double *value)
{
    char *end;

    *value = strtod(text, &end);
    return end != text && *end == '\0' && *value >= 0 && *value <= largest;
}

bool faults_read_latency(struct faults *faults, const char *text)
{
    int service = read_service(&text);
    double milliseconds;

    if (service < 0 || !read_number(text, 3600000, &milliseconds))
        return false;
    for (int i = 0; i < SERVICES; i++)
        if (service == SERVICES || service == i)
            faults->latency_us[i] = (int64_t)(milliseconds * 1000);
    return true;
}

bool faults_read_fail(struct faults *faults, const char *text)
{
    int service = read_service(&text);
    size_t len = strcspn(text, "=");
    double percent = 100;

    if (service < 0 || (text[len] == '=' && !read_number(text + len + 1, 100, &percent)))
        return false;
    for (int status = INFERD_CANCELLED; status <= INFERD_UNAUTHENTICATED; status++) {
        const char *name = inferd_status_name(status);

        if (strlen(name) != len || strncasecmp(text, name, len) != 0)
            continue;
        for (int i = 0; i < SERVICES; i++)
            if (service == SERVICES || service == i) {
                faults->fail[i].status = (enum inferd_status)status;
                faults->fail[i].percent = percent;
            }
        return true;
    }
    return false;
}

enum inferd_status faults_draw(struct faults *faults, enum service service)
{
    if (faults->fail[service].status == INFERD_OK)
        return INFERD_OK;
    faults->random ^= faults->random << 13;
    faults->random ^= faults->random >> 7;
    faults->random ^= faults->random << 17;
    return (double)(faults->random >> 11) * 0x1p-53 * 100 < faults->fail[service].percent ? faults->fail[service].status
                                                                                          : INFERD_OK;
}
