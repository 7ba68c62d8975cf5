// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The methods the front offers, one file each.
#ifndef FRONT_METHODS_H
#define FRONT_METHODS_H

#include "front/inbound.h"

void predict_point(struct inbound *inbound); // predict.c
void predict_pair(struct inbound *inbound);
void predict_slate(struct inbound *inbound);
void entities_score(struct inbound *inbound); // entities.c
void health_check(struct inbound *inbound);   // health.c
void health_watch(struct inbound *inbound);
void reflection_stream(struct inbound *inbound); // reflection.c

// Readiness has changed: watches are told.
void health_changed(void);

#endif
