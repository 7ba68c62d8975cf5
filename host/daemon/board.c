// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The board's memory: a text is guarded by a number that is odd while it is written, counts are atomic by themselves.
// Who reads while somebody writes throws away what was read, but reads it all the same: so a text is words, each of
// them atomic.
#include "daemon/board.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define TRIES 1000 // of reading a text that is being written

struct held {
    _Atomic uint64_t generation; // 0: free
    _Atomic int32_t plans, runs;
};

struct slot {
    _Atomic uint32_t version;
    _Atomic uint32_t len;
    _Atomic bool vacant;
    struct held held[BOARD_HELD_MAX + 1];                     // the last one: others
    _Atomic uint64_t text[BOARD_TEXT_MAX / sizeof(uint64_t)]; // memory is only taken by what is used
};

struct board {
    struct slot *slots;
    struct slot *own;
    unsigned count;
    bool shared; // with another board of this process, which owns the memory
};

static struct board *map(int fd, unsigned count, unsigned own)
{
    int flags = fd >= 0 ? MAP_SHARED : MAP_SHARED | MAP_ANONYMOUS;
    struct board *board = calloc(1, sizeof(*board));
    void *memory;

    if (!board)
        return NULL;
    memory = mmap(NULL, count * sizeof(struct slot), PROT_READ | PROT_WRITE, flags | MAP_NORESERVE, fd, 0);
    if (memory == MAP_FAILED) {
        free(board);
        return NULL;
    }
    *board = (struct board){.slots = memory, .own = (struct slot *)memory + own, .count = count};
    return board;
}

struct board *board_new(unsigned slots, int *fd)
{
    struct board *board;
    int saved;

    if (!fd)
        return map(-1, slots, 0);
    *fd = memfd_create("inferd-board", MFD_CLOEXEC);
    if (*fd < 0)
        return NULL;
    board = ftruncate(*fd, (off_t)(slots * sizeof(struct slot))) == 0 ? map(*fd, slots, 0) : NULL;
    if (board)
        return board;
    saved = errno;
    close(*fd);
    *fd = -1;
    errno = saved;
    return NULL;
}

static void wipe(struct slot *slot)
{
    atomic_store(&slot->len, 0);
    atomic_store(&slot->version, 0);
    memset(slot->held, 0, sizeof(slot->held));
}

struct board *board_attach(int fd, unsigned slot)
{
    struct board *board;
    struct stat st;

    if (fstat(fd, &st) != 0)
        return NULL;
    if (st.st_size % (off_t)sizeof(struct slot) != 0 || slot >= (size_t)st.st_size / sizeof(struct slot)) {
        errno = EINVAL;
        return NULL;
    }
    board = map(fd, (unsigned)((size_t)st.st_size / sizeof(struct slot)), slot);
    if (!board)
        return NULL;
    wipe(board->own);
    atomic_store(&board->own->vacant, false);
    return board;
}

struct board *board_share(struct board *board, unsigned slot)
{
    struct board *other = calloc(1, sizeof(*other));

    if (other)
        *other =
            (struct board){.slots = board->slots, .own = &board->slots[slot], .count = board->count, .shared = true};
    return other;
}

void board_free(struct board *board)
{
    if (board && !board->shared)
        munmap(board->slots, board->count * sizeof(struct slot));
    free(board);
}

void board_vacate(struct board *board, unsigned slot)
{
    wipe(&board->slots[slot]);
    atomic_store(&board->slots[slot].vacant, true);
}

bool board_is_vacant(const struct board *board, unsigned slot)
{
    return atomic_load(&board->slots[slot].vacant);
}

static void write_words(_Atomic uint64_t *words, const char *text, size_t len)
{
    uint64_t word = 0;

    for (; len >= sizeof(word); text += sizeof(word), len -= sizeof(word)) {
        memcpy(&word, text, sizeof(word));
        atomic_store_explicit(words++, word, memory_order_relaxed);
    }
    if (len == 0)
        return;
    word = 0;
    memcpy(&word, text, len);
    atomic_store_explicit(words, word, memory_order_relaxed);
}

static void read_words(char *text, const _Atomic uint64_t *words, size_t len)
{
    uint64_t word;

    for (; len > 0; text += sizeof(word), len -= len < sizeof(word) ? len : sizeof(word)) {
        word = atomic_load_explicit(words++, memory_order_relaxed);
        memcpy(text, &word, len < sizeof(word) ? len : sizeof(word));
    }
}

void board_write(struct board *board, const char *text, size_t len)
{
    struct slot *slot = board->own;

    if (len > BOARD_TEXT_MAX)
        return;
    atomic_fetch_add_explicit(&slot->version, 1, memory_order_relaxed);
    atomic_thread_fence(memory_order_release); // no word is seen before the odd number is
    write_words(slot->text, text, len);
    atomic_store_explicit(&slot->len, (uint32_t)len, memory_order_relaxed);
    atomic_fetch_add_explicit(&slot->version, 1, memory_order_release);
}

unsigned board_slots(const struct board *board)
{
    return board->count;
}

char *board_read(const struct board *board, unsigned number)
{
    const struct slot *slot = &board->slots[number];
    char *text = NULL;

    for (int i = 0; i < TRIES; i++) {
        uint32_t version = atomic_load_explicit(&slot->version, memory_order_acquire);
        uint32_t len = atomic_load_explicit(&slot->len, memory_order_relaxed);

        if (len == 0 && version % 2 == 0)
            break;
        if (version % 2 != 0 || len > BOARD_TEXT_MAX)
            continue;
        free(text);
        text = malloc(len + 1);
        if (!text)
            break;
        read_words(text, slot->text, len);
        text[len] = '\0';
        atomic_thread_fence(memory_order_acquire); // no number that is newer than the words
        if (atomic_load_explicit(&slot->version, memory_order_relaxed) == version)
            return text;
    }
    free(text);
    return NULL;
}

// The generation's place: where it is, else a free one, else that of the others.
static struct held *place_of(struct slot *slot, uint64_t generation, bool make)
{
    struct held *free_one = NULL;

    for (size_t i = 0; i < BOARD_HELD_MAX - 1; i++) {
        uint64_t there = atomic_load_explicit(&slot->held[i].generation, memory_order_relaxed);

        if (there == generation)
            return &slot->held[i];
        if (!there && !free_one)
            free_one = &slot->held[i];
    }
    if (!make || !free_one)
        return &slot->held[BOARD_HELD_MAX];
    atomic_store_explicit(&free_one->generation, generation, memory_order_relaxed);
    return free_one;
}

void board_hold(struct board *board, uint64_t generation, int plans, int runs)
{
    struct held *held = place_of(board->own, generation, plans > 0);

    atomic_fetch_add_explicit(&held->runs, runs, memory_order_relaxed);
    if (atomic_fetch_add_explicit(&held->plans, plans, memory_order_relaxed) + plans == 0)
        atomic_store_explicit(&held->generation, 0, memory_order_relaxed);
}

size_t board_held(const struct board *board, unsigned number, struct board_held held[BOARD_HELD_MAX])
{
    const struct slot *slot = &board->slots[number];
    size_t count = 0;

    for (size_t i = 0; i <= BOARD_HELD_MAX && count < BOARD_HELD_MAX; i++) {
        int32_t plans = atomic_load_explicit(&slot->held[i].plans, memory_order_relaxed);
        int32_t runs = atomic_load_explicit(&slot->held[i].runs, memory_order_relaxed);
        uint64_t generation = atomic_load_explicit(&slot->held[i].generation, memory_order_relaxed);

        if (plans > 0)
            held[count++] = (struct board_held){generation ? generation : BOARD_OTHERS, (uint32_t)plans,
                                                runs > 0 ? (uint32_t)runs : 0};
    }
    return count;
}
