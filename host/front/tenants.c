// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Tenants: a table of small groups; a tenant is known by its name's hash, which is keyed, so nobody can choose a name
// that meets another's.
#include "front/tenants.h"

#include <stdlib.h>

#include "base/map.h"
#include "config/tenant_shares.h"

#define GROUPS 128
#define GROUP 8
#define SHARED (GROUPS * GROUP) // of those who find no place
#define AWAY_US 1000000         // who hasn't asked for so long wants nothing
#define SWEEP_US 100000

struct tenant {
    uint64_t hash; // 0: nobody
    int64_t asked_us;
    uint32_t in_flight, weight;
};

struct weight {
    uint64_t hash;
    uint32_t weight;
};

struct tenants {
    struct tenant all[SHARED + 1];
    uint32_t count, weights; // of those who are there
    int64_t next_sweep_us;
    struct weight *given;
    size_t given_count;
};

struct tenants *tenants_new(const char *shares)
{
    struct tenants *tenants = calloc(1, sizeof(*tenants));
    struct tenant_share share;

    while (tenants && shares && *shares && tenant_shares_next(&shares, &share)) {
        struct weight *more = realloc(tenants->given, (tenants->given_count + 1) * sizeof(*more));

        if (!more) {
            tenants_free(tenants);
            return NULL;
        }
        tenants->given = more;
        more[tenants->given_count++] = (struct weight){map_hash(share.name, share.name_len), share.weight};
    }
    return tenants;
}

void tenants_free(struct tenants *tenants)
{
    if (tenants)
        free(tenants->given);
    free(tenants);
}

static uint32_t weight_of(const struct tenants *tenants, uint64_t hash)
{
    for (size_t i = 0; i < tenants->given_count; i++)
        if (tenants->given[i].hash == hash)
            return tenants->given[i].weight;
    return 1;
}

static void sweep(struct tenants *tenants, int64_t now_us)
{
    tenants->next_sweep_us = now_us + SWEEP_US;
    for (uint32_t i = 0; i <= SHARED; i++) {
        struct tenant *tenant = &tenants->all[i];

        if (!tenant->hash || tenant->in_flight > 0 || now_us - tenant->asked_us < AWAY_US)
            continue;
        tenants->count--;
        tenants->weights -= tenant->weight;
        tenant->hash = 0;
    }
}

static struct tenant *place(struct tenants *tenants, uint64_t hash)
{
    struct tenant *group = &tenants->all[hash % GROUPS * GROUP], *free_one = &tenants->all[SHARED];

    for (uint32_t i = GROUP; i-- > 0;) {
        if (group[i].hash == hash)
            return &group[i];
        if (!group[i].hash)
            free_one = &group[i];
    }
    return free_one;
}

uint32_t tenants_find(struct tenants *tenants, struct inferd_bytes name, int64_t now_us)
{
    uint64_t hash = map_hash(name.data, name.len);
    struct tenant *tenant;

    if (now_us >= tenants->next_sweep_us)
        sweep(tenants, now_us);
    tenant = place(tenants, hash);
    if (!tenant->hash) {
        tenant->hash = hash;
        tenant->weight = tenant == &tenants->all[SHARED] ? 1 : weight_of(tenants, hash);
        tenants->count++;
        tenants->weights += tenant->weight;
    }
    tenant->asked_us = now_us;
    return (uint32_t)(tenant - tenants->all);
}

void tenants_enter(struct tenants *tenants, uint32_t tenant)
{
    tenants->all[tenant].in_flight++;
}

void tenants_leave(struct tenants *tenants, uint32_t tenant)
{
    tenants->all[tenant].in_flight--;
}

bool tenants_are_many(const struct tenants *tenants)
{
    return tenants->count > 1;
}

bool tenants_within_share(const struct tenants *tenants, uint32_t tenant, uint32_t of)
{
    const struct tenant *its = &tenants->all[tenant];

    return (uint64_t)its->in_flight * tenants->weights < (uint64_t)of * its->weight;
}
