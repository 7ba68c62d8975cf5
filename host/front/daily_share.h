// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// A share of users that is the same for a whole day: by a hash of user and date, as the original draws it.
#ifndef FRONT_DAILY_SHARE_H
#define FRONT_DAILY_SHARE_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>
#include <inferd/bytes.h>

uint32_t daily_share_hash(const uint8_t *data, size_t len); // MurmurHash3, 32 bits, seed 0
// Whether the user is among 'percent' of all on the day (local time) of 'now'.
bool daily_share_has(struct inferd_bytes user, time_t now, uint32_t percent);

#endif
