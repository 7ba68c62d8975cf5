// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What inferctl infer shows. Its request is JSON as HTTP takes it (front/predict_json.h).
#ifndef INFERCTL_INFER_H
#define INFERCTL_INFER_H

#include "front/predict_json.h"

void infer_reply_print(const struct predict_reply *reply, struct arena *arena);
// Of the explain record (docs/policies.md): each node's time, rows, defaults.
void infer_explain_print(const json_t *record);

#endif
