// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The shared memory behind the metrics: a head, then a slot for each process. A slot holds the host's own values and
// then records one after the other, each a metric with its names. A record is complete before 'used' covers it, and
// never moves or goes.
//
// A reader trusts no slot: a plugin that runs wild in one worker may have written anything into it. Every size is
// checked, and texts are copied before they are used.
#ifndef METRICS_AREA_H
#define METRICS_AREA_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "metrics/histogram.h"
#include "metrics/metrics.h"
#include "metrics/name.h"

#define AREA_SLOT_BYTES (64u << 20) // of address space; memory is only taken by what is used
#define AREA_TEXT_MAX 1000          // of all texts of a record

struct inferd_metric {
    uint32_t size;              // of the record, with what follows; a multiple of 16
    uint16_t kind;              // enum metrics_kind
    uint16_t texts;             // bytes of the texts behind the values: name, tags, Prometheus name, help
    _Atomic uint64_t value;     // counter, gauge; of a timing: the sum
    _Atomic uint64_t buckets[]; // HISTOGRAM_BUCKETS of a timing
};

struct area_slot {
    _Atomic uint64_t host[METRICS_HOST_COUNT];
    _Atomic uint32_t used; // bytes of records
    _Alignas(16) uint8_t records[];
};

struct area {
    uint8_t *memory;
    size_t size;
    unsigned slots;
};

// One record as a reader sees it: checked, texts copied.
struct area_record {
    enum metrics_kind kind;
    const char *name, *tags, *prometheus, *help;
    const struct inferd_metric *metric; // its values
    char texts[AREA_TEXT_MAX];
};

bool area_make(struct area *area, unsigned slots, int *fd, char *error, size_t size);
bool area_map(struct area *area, int fd, char *error, size_t size);
void area_unmap(struct area *area);
struct area_slot *area_slot(const struct area *area, unsigned index);
// Room for records in a slot.
size_t area_slot_room(void);
// The record at *at, which is moved to the next one; false at the end, or where the slot is garbled.
bool area_read(const struct area_slot *slot, size_t *at, struct area_record *record);

#endif
