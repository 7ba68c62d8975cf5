// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What the host gives a component. Everything optional is asked for by a string id with a revision (extension()).
// Host objects are opaque or start with their size; a missing function is NULL.
#ifndef INFERD_HOST_H
#define INFERD_HOST_H

#include <stdbool.h>
#include <inferd/column.h>
#include <inferd/status.h>

#ifdef __cplusplus
extern "C" {
#endif

struct inferd_self;   // the host's view of a component
struct inferd_binder; // binding in progress
struct inferd_host;

#if defined(__GNUC__)
#define INFERD_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#else
#define INFERD_PRINTF(fmt, args)
#endif

// A component, as its kind's create gets it.
struct inferd_component {
    uint32_t size;
    uint32_t compat; // not 0: the original's oddities are wanted (INFERD_COMPAT=inferflow)
    const struct inferd_host *host;
    struct inferd_self *self;
    const char *model;    // the model_config_id
    const char *name;     // the component's
    const char *kind;     // its kind's
    const void *options;  // the struct of its options
    const void *shared;   // the struct of the kind's shared options
    const void *settings; // the struct of the module's settings
    const char *shape;    // that its options tell, by the name in their table; "" where none does
};

// One component in one run.
struct inferd_step {
    uint32_t size;
    uint32_t rows[INFERD_SPACES];         // 0 until the root component has shaped the matrix
    struct inferd_column *const *columns; // by the indexes that bind returned
    uint64_t token;                       // names this step to complete()
    int64_t deadline_us;                  // on CLOCK_MONOTONIC; the step's time ends then, if not the run's earlier
    const uint32_t *slate_offsets;        // rows[SLATES] + 1 of them: slate k's targets are those from offset k on
    const uint32_t *slate_targets;        // indexes of target rows
    void *memory;                         // for the component: NULL when run is called, kept until the step ends
};

enum inferd_write_flags {
    INFERD_WRITE_INLINE = 1, // text that is read as the request's text is (INFERD_COLUMN_INLINE)
    INFERD_WRITE_QUALIFIED =
        2, // the column is called "<component>:<name>"; the name alone will do where no other has it
};

enum inferd_read_flags {
    INFERD_READ_SCHEMA = 1,   // an input of a model: part of the "model schema" that some replies carry
    INFERD_READ_OPTIONAL = 2, // not an error, nor counted, where no request has it
};

#define INFERD_NO_COLUMN UINT32_MAX

struct inferd_host {
    uint32_t size;
    uint16_t abi_major, abi_minor;

    // The table of an extension ("inferd.rpc/1"), or NULL where this host lacks it. Static memory. [any]
    const void *(*extension)(const char *id);

    // Says why create, bind or start fails. 'path' is the JSON path within the component's object ("inputs[0].shape"),
    // or "". Returns 'status'. [control]
    int (*fail)(struct inferd_self *self, int status, const char *path, const char *format, ...) INFERD_PRINTF(4, 5);

    // The index of a column that the component reads. Where no component writes it, it is a request column. Name NULL:
    // the column of the rows' ids, whatever its name. Of this and the next two functions: texts are copied; 'path' is
    // as in fail. [control]
    uint32_t (*reads)(struct inferd_binder *binder, const char *name, unsigned space, unsigned flags, const char *path);
    // The index of a column that the component writes; 'spelling' is its type as the config spells it, which replies of
    // the compat mode repeat (NULL: the type's own name); with one, UNKNOWN is a type there, of bytes that nobody can
    // convert. INFERD_NO_COLUMN after a refusal: somebody else writes it, the reason is kept by the host; give up with
    // INFERD_INVALID_ARGUMENT. [control]
    uint32_t (*writes)(struct inferd_binder *binder, const char *name, unsigned space, unsigned type, unsigned flags,
                       const char *spelling, const char *path);
    // Declares a text column of targets that holds the same value in every row of every run, before any component runs.
    // Declared again with another value, the last one counts, with a warning. INFERD_OK, or as after a refusal of
    // writes. [control]
    int (*constant)(struct inferd_binder *binder, const char *name, struct inferd_bytes value, const char *path);

    // Temporary memory of the run, aligned to 16 bytes, not zeroed, freed with the run. NULL on exhaustion: fail with
    // INFERD_RESOURCE_EXHAUSTED. [loop]
    void *(*alloc)(struct inferd_step *step, size_t size);
    // Says why a step fails; the host adds model, component and module. Returns 'status'. [loop]
    int (*fail_step)(struct inferd_step *step, int status, const char *format, ...) INFERD_PRINTF(3, 4);
    // Marks rows that got no value, with the reason, for the reply's row errors and the counters. [loop]
    void (*fail_rows)(struct inferd_step *step, unsigned space, uint32_t first, uint32_t count, int status,
                      const char *format, ...) INFERD_PRINTF(6, 7);
    // Counts values that a default stood in for. [loop]
    void (*defaulted)(struct inferd_step *step, uint32_t index, uint32_t count);
    // Ends a pending step. A late or second call is counted and does no harm. [any]
    void (*complete)(uint64_t token, int status);

    // Whether this component or one that was bound before it reads the column, other than with INFERD_READ_SCHEMA.
    // [control]
    bool (*is_read)(struct inferd_binder *binder, const char *name, unsigned space);
};

#ifdef __cplusplus
}
#endif

#endif
