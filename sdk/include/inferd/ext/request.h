// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// inferd.request/1: the request a run answers, for root components, which make matrix rows and columns of it. All bytes
// are views into the request's message and live as long as the run.
#ifndef INFERD_EXT_REQUEST_H
#define INFERD_EXT_REQUEST_H

#include <inferd/host.h>

#ifdef __cplusplus
extern "C" {
#endif

#define INFERD_EXT_REQUEST "inferd.request/1"

enum inferd_request_form {
    INFERD_POINTWISE = 0, // Predict/InferPointWise
    INFERD_PAIRWISE = 1,  // Predict/InferPairWise: a pair is a slate of two
    INFERD_SLATEWISE = 2, // Predict/InferSlateWise
    INFERD_ENTITIES = 3   // Inferflow/RetrieveModelScore
};

enum inferd_input_role {
    INFERD_INPUT_CONTEXT = 0, // one value for the whole request
    INFERD_INPUT_TARGET = 1,  // one value for each target
    INFERD_INPUT_SLATE = 2,   // one value for each slate or pair
    INFERD_INPUT_ENTITY = 3,  // ids of an entity
    INFERD_INPUT_FEATURE = 4  // inline feature of an entity
};

struct inferd_input {
    struct inferd_bytes name;
    uint16_t role; // enum inferd_input_role
    uint16_t type; // enum inferd_type as the request declares it; UNKNOWN where it doesn't
    uint32_t count;
    struct inferd_bytes *cells; // count values; the request's own, may be given to adopt()
};

struct inferd_request {
    uint32_t size;
    uint32_t form;    // enum inferd_request_form
    uint32_t targets; // number of targets; INFERD_ENTITIES: 0, the root decides
    uint32_t slates;  // number of slates or pairs
    uint32_t inputs;  // number of inputs, in the order of the message
    const struct inferd_input *input;
    struct inferd_bytes *ids;      // targets ids
    const uint32_t *slate_offsets; // slates + 1
    const uint32_t *slate_targets; // checked: each is below targets
    uint32_t texts;                // not 0: values are texts whatever type is declared (the model's "inline_values")
};

struct inferd_request_ext {
    uint32_t size;
    // The step's request. [loop]
    const struct inferd_request *(*get)(struct inferd_step *step);
    // The value of a header of the call (lower case name), the first one's; false where it has none. [loop]
    bool (*header)(struct inferd_step *step, const char *name, struct inferd_bytes *value);
    // Sets the numbers of rows and makes the columns. Once, before any column is touched. INFERD_OK, or
    // INFERD_RESOURCE_EXHAUSTED. [loop]
    int (*shape)(struct inferd_step *step, uint32_t targets, uint32_t slates);
    // The request column of that name, or INFERD_NO_COLUMN where no component reads one. [loop]
    uint32_t (*find)(struct inferd_step *step, unsigned space, struct inferd_bytes name);
    // The request column that holds the ids of the targets (or of the first entity). [loop]
    uint32_t (*id_column)(struct inferd_step *step);
    // Makes 'cells' (one for each row; memory as long as the run) the values of a request column of that type and marks
    // it present. Values of a fixed size that have another length are missing, and counted. With INFERD_COLUMN_INLINE
    // in flags they are text. [loop]
    int (*adopt)(struct inferd_step *step, uint32_t index, unsigned type, unsigned flags, struct inferd_bytes *cells);
    // The same, one value for all rows. [loop]
    int (*broadcast)(struct inferd_step *step, uint32_t index, unsigned type, unsigned flags,
                     struct inferd_bytes value);
    // All values of a header of the call, in their order, the first 'room' of them; how many these are. [loop]
    uint32_t (*headers)(struct inferd_step *step, const char *name, struct inferd_bytes *values, uint32_t room);
};

#ifdef __cplusplus
}
#endif

#endif
