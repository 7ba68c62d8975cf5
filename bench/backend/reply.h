// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What the bench's backend answers: values that depend on the request alone, by rules simple enough that
// bench/workloads.py knows them too and can tell which reply of the server is right. With H(x, y, …) a 64-bit FNV-1a
// over the bytes and unit(h) = the upper 24 bits of h as a fraction in [0, 1), exact in FP32:
//   feature  unit(H(the key's columns, entity label, group label, feature label))
//   score    unit(H(model name, output name, the row's bytes of each input))
//   Compute  unit(sum of H(schema name, value) over the columns after the first)
#ifndef BENCH_BACKEND_REPLY_H
#define BENCH_BACKEND_REPLY_H

#include <stddef.h>
#include <stdint.h>

struct reply {
    uint8_t *bytes; // malloc's
    size_t len;
    const char *fault; // instead: why the request is none
};

typedef struct reply reply_fn(const uint8_t *request, size_t len);

reply_fn reply_features; // /retrieve.FeatureService/RetrieveFeatures
reply_fn reply_scores;   // /inference.GRPCInferenceService/ModelInfer, FP32 in raw contents only
reply_fn reply_compute;  // /numerix.Numerix/Compute

#endif
