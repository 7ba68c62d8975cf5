// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What unary calls count, by method and status.
#ifndef FRONT_OBSERVE_H
#define FRONT_OBSERVE_H

#include "front/inbound.h"

struct metrics;

// The metrics of one method: of each status, made with the first call that ends so.
struct front_observed;

// 'metrics' may be NULL. NULL: nothing is counted.
struct front_observed *front_observe_new(struct metrics *metrics, size_t methods);
void front_observe_free(struct front_observed *observed);
// A call of a method, by its number, is answered.
void front_observe_answer(struct front_observed *observed, size_t method, const struct inbound *inbound, int status);

#endif
