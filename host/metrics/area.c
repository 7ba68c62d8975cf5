// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Makes, maps and walks the shared memory.
#include "metrics/area.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define AREA_MAGIC 0x494e464d6554524cu
#define HEAD_BYTES 4096u
#define SLOTS_MAX 4096u

struct area_head {
    uint64_t magic;
    uint32_t slots, slot_bytes, host_values, buckets; // what a process of another build would disagree on
};

static bool fail(const char *what, char *error, size_t size)
{
    snprintf(error, size, "metrics: %s: %s", what, strerror(errno));
    return false;
}

static bool map(struct area *area, int fd, size_t bytes, char *error, size_t size)
{
    int flags = fd >= 0 ? MAP_SHARED : MAP_SHARED | MAP_ANONYMOUS;
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, flags | MAP_NORESERVE, fd, 0);

    if (memory == MAP_FAILED)
        return fail("no memory", error, size);
    area->memory = memory;
    area->size = bytes;
    return true;
}

bool area_make(struct area *area, unsigned slots, int *fd, char *error, size_t size)
{
    size_t bytes = HEAD_BYTES + (size_t)slots * AREA_SLOT_BYTES;
    int memfd = -1;

    if (fd != NULL) {
        memfd = memfd_create("inferd-metrics", MFD_CLOEXEC);
        if (memfd < 0)
            return fail("no shared memory", error, size);
        if (ftruncate(memfd, (off_t)bytes) != 0) {
            close(memfd);
            return fail("no shared memory", error, size);
        }
    }
    if (!map(area, memfd, bytes, error, size)) {
        if (memfd >= 0)
            close(memfd);
        return false;
    }
    area->slots = slots;
    *(struct area_head *)area->memory =
        (struct area_head){AREA_MAGIC, slots, AREA_SLOT_BYTES, METRICS_HOST_COUNT, HISTOGRAM_BUCKETS};
    if (fd != NULL)
        *fd = memfd;
    return true;
}

bool area_map(struct area *area, int fd, char *error, size_t size)
{
    struct stat st;
    struct area_head head;

    if (fstat(fd, &st) != 0)
        return fail("no shared memory", error, size);
    if (pread(fd, &head, sizeof head, 0) != (ssize_t)sizeof head || head.magic != AREA_MAGIC ||
        head.slot_bytes != AREA_SLOT_BYTES || head.host_values != METRICS_HOST_COUNT ||
        head.buckets != HISTOGRAM_BUCKETS || head.slots > SLOTS_MAX ||
        (size_t)st.st_size != HEAD_BYTES + (size_t)head.slots * AREA_SLOT_BYTES) {
        snprintf(error, size, "metrics: descriptor %d is not the shared memory of this build's metrics", fd);
        return false;
    }
    area->slots = head.slots;
    return map(area, fd, (size_t)st.st_size, error, size);
}

void area_unmap(struct area *area)
{
    if (area->memory != NULL)
        munmap(area->memory, area->size);
    area->memory = NULL;
}

struct area_slot *area_slot(const struct area *area, unsigned index)
{
    return (struct area_slot *)(area->memory + HEAD_BYTES + (size_t)index * AREA_SLOT_BYTES);
}

size_t area_slot_room(void)
{
    return AREA_SLOT_BYTES - offsetof(struct area_slot, records);
}

// Finds the texts in a record's copy of them; false where one has no end.
static bool split(struct area_record *record, size_t len)
{
    const char **texts[] = {&record->name, &record->tags, &record->prometheus, &record->help};
    char *at = record->texts, *end = record->texts + len;

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char *stop = memchr(at, '\0', (size_t)(end - at));

        if (stop == NULL)
            return false;
        *texts[i] = at;
        at = stop + 1;
    }
    return true;
}

bool area_read(const struct area_slot *slot, size_t *at, struct area_record *record)
{
    size_t used = atomic_load_explicit(&slot->used, memory_order_acquire), least = sizeof *record->metric;
    const struct inferd_metric *metric = (const void *)(slot->records + *at);
    uint32_t size, texts;

    if (used > area_slot_room() || *at >= used || used - *at < least)
        return false;
    size = *(const volatile uint32_t *)&metric->size; // once: it must not change after the check
    texts = *(const volatile uint16_t *)&metric->texts;
    record->kind = *(const volatile uint16_t *)&metric->kind;
    if (record->kind == METRICS_TIMING)
        least += HISTOGRAM_BUCKETS * sizeof *metric->buckets;
    if (record->kind < METRICS_COUNTER || record->kind > METRICS_TIMING || size % 16 != 0 || size > used - *at ||
        texts > sizeof record->texts || size < least + texts)
        return false;
    memcpy(record->texts, (const uint8_t *)metric + least, texts);
    record->metric = metric;
    if (!split(record, texts))
        return false;
    *at += size;
    return true;
}
