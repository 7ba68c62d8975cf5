// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Writes replies of the Predict service from a run's columns.
#ifndef FRONT_PREDICT_WRITE_H
#define FRONT_PREDICT_WRITE_H

#include <grpc/slice.h>
#include "run/run.h"

bool predict_write_point(struct run *run, grpc_slice *reply, int *status, const char **error);
bool predict_write_slates(struct run *run, grpc_slice *reply, int *status, const char **error);

#endif
