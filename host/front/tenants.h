// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Tenants: who has how many runs under way, and how much is the share of each. Those count that have asked within the
// last second. Knows no limit but what it is told.
//
// Threads: the loop's. The table has a fixed size; who finds no place in it shares one with others.
#ifndef FRONT_TENANTS_H
#define FRONT_TENANTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <inferd/bytes.h>

struct tenants;

// 'shares' is the setting's text (config/tenant_shares.h); tenants not in it, and requests without a tenant, which are
// one together, have a weight of 1. NULL: no memory.
struct tenants *tenants_new(const char *shares);
void tenants_free(struct tenants *tenants);
// The number of a tenant that asks now.
uint32_t tenants_find(struct tenants *tenants, struct inferd_bytes name, int64_t now_us);
void tenants_enter(struct tenants *tenants, uint32_t tenant);
void tenants_leave(struct tenants *tenants, uint32_t tenant);
// More than one has asked lately, or has runs under way.
bool tenants_are_many(const struct tenants *tenants);
// It has less than its share of so many.
bool tenants_within_share(const struct tenants *tenants, uint32_t tenant, uint32_t of);

#endif
