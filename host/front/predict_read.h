// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Reads requests of the Predict service into a run's arena: views into the message, no copies.
#ifndef FRONT_PREDICT_READ_H
#define FRONT_PREDICT_READ_H

#include "run/run.h"

bool predict_read_ids(unsigned form, struct inferd_bytes message, struct inferd_bytes *model,
                      struct inferd_bytes *tenant);
// form: INFERD_POINTWISE, INFERD_PAIRWISE, INFERD_SLATEWISE.
const struct inferd_request *predict_read(struct run *run, unsigned form, struct inferd_bytes message, int *status,
                                          const char **error);

#endif
