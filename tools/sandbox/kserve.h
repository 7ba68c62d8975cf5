// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What the parts of the KServe v2 service share.
#ifndef SANDBOX_KSERVE_H
#define SANDBOX_KSERVE_H

#include "service.h"

#define KSERVE_VERSION "1" // of every model
#define KSERVE_INPUT "input__0"
#define KSERVE_OUTPUT "output__0"

// The value of a field of the request that holds bytes; empty where it isn't set.
struct inferd_bytes kserve_field(struct exchange *exchange, uint32_t number);

// The model of a name and version; NULL after exchange_fail.
const struct xgboost_model *kserve_find_model(struct exchange *exchange, struct inferd_bytes name,
                                              struct inferd_bytes version);

#endif
