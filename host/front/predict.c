// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The Predict service's three methods.
#include "front/methods.h"
#include "front/predict_read.h"
#include "front/predict_write.h"
#include "front/scoring.h"

static const struct inferd_request *read_point(struct run *run, struct inferd_bytes message, int *status,
                                               const char **error)
{
    return predict_read(run, INFERD_POINTWISE, message, status, error);
}

static const struct inferd_request *read_pair(struct run *run, struct inferd_bytes message, int *status,
                                              const char **error)
{
    return predict_read(run, INFERD_PAIRWISE, message, status, error);
}

static const struct inferd_request *read_slate(struct run *run, struct inferd_bytes message, int *status,
                                               const char **error)
{
    return predict_read(run, INFERD_SLATEWISE, message, status, error);
}

static bool point_ids(struct inferd_bytes message, struct inferd_bytes *model, struct inferd_bytes *tenant)
{
    return predict_read_ids(INFERD_POINTWISE, message, model, tenant);
}

static bool slate_ids(struct inferd_bytes message, struct inferd_bytes *model, struct inferd_bytes *tenant)
{
    return predict_read_ids(INFERD_SLATEWISE, message, model, tenant); // pairs have theirs in the same field
}

static bool write_point(struct run *run, struct inbound *inbound, grpc_slice *reply, int *status, const char **error)
{
    (void)inbound;
    return predict_write_point(run, reply, status, error);
}

static bool write_slates(struct run *run, struct inbound *inbound, grpc_slice *reply, int *status, const char **error)
{
    (void)inbound;
    return predict_write_slates(run, reply, status, error);
}

static const struct scoring_method point = {INFERD_POINTWISE, point_ids, read_point, write_point};
static const struct scoring_method pair = {INFERD_PAIRWISE, slate_ids, read_pair, write_slates};
static const struct scoring_method slate = {INFERD_SLATEWISE, slate_ids, read_slate, write_slates};

void predict_point(struct inbound *inbound)
{
    scoring_start(inbound, &point);
}

void predict_pair(struct inbound *inbound)
{
    scoring_start(inbound, &pair);
}

void predict_slate(struct inbound *inbound)
{
    scoring_start(inbound, &slate);
}
