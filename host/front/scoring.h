// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// One scoring call: from its message to a run, from the run's end to its reply. What the methods have in common.
#ifndef FRONT_SCORING_H
#define FRONT_SCORING_H

#include "front/inbound.h"
#include "run/run.h"

// What one method knows of its messages.
struct scoring_method {
    unsigned form; // enum inferd_request_form
    // The ids alone, of the model and the tenant, before anything else is decoded. False: no message.
    bool (*read_ids)(struct inferd_bytes message, struct inferd_bytes *model, struct inferd_bytes *tenant);
    // The request, decoded into the run's arena. NULL with a status and a message.
    const struct inferd_request *(*read)(struct run *run, struct inferd_bytes message, int *status, const char **error);
    // The reply's message of a run that ended well. False with a status and a message.
    bool (*write)(struct run *run, struct inbound *inbound, grpc_slice *reply, int *status, const char **error);
};

void scoring_start(struct inbound *inbound, const struct scoring_method *method);

// Writing a message whose size was added up before.
grpc_slice scoring_slice(size_t size);

#endif
