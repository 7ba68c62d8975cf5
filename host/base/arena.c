// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The arena: a list of malloc'ed blocks, the newest of usual size being cut from its front. A piece that is large for
// a block gets one of its own. With AddressSanitizer every piece does.
#include "base/arena.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/asan.h"
#include "base/magic.h"

#define ARENA_MAGIC 0xa7e4a001u
#define ALIGNMENT ((size_t)16)

#define OWN_BLOCKS BASE_ASAN

struct arena_block {
    struct arena_block *older;
    size_t size; // of the bytes that follow
};

_Static_assert(sizeof(struct arena_block) % 16 == 0, "what follows a block's head is aligned as malloc aligns it");

static uint8_t *block_bytes(struct arena_block *block)
{
    return (uint8_t *)(block + 1);
}

void arena_init(struct arena *arena, size_t block_size, size_t limit)
{
    *arena = (struct arena){
        .magic = ARENA_MAGIC,
        .block_size = (block_size + ALIGNMENT - 1) & ~(ALIGNMENT - 1),
        .limit = limit,
    };
}

static struct arena_block *new_block(size_t size)
{
    struct arena_block *block = size > SIZE_MAX - sizeof(*block) ? NULL : malloc(sizeof(*block) + size);

    if (block)
        block->size = size;
    return block;
}

// A block for this piece alone, put behind the newest one so that the rest of that can still be used.
static void *alloc_own(struct arena *arena, size_t size)
{
    struct arena_block *block = new_block(size);

    if (!block)
        return NULL;
    if (arena->blocks) {
        block->older = arena->blocks->older;
        arena->blocks->older = block;
    } else {
        block->older = NULL;
        arena->blocks = block;
    }
    return block_bytes(block);
}

static void *alloc_slow(struct arena *arena, size_t size)
{
    struct arena_block *block;

    if (size > arena->block_size / 4)
        return alloc_own(arena, size);
    block = new_block(arena->block_size);
    if (!block)
        return NULL;
    block->older = arena->blocks;
    arena->blocks = block;
    arena->next = block_bytes(block) + size;
    arena->end = block_bytes(block) + block->size;
    return block_bytes(block);
}

void *arena_alloc(struct arena *arena, size_t size)
{
    size_t need = size ? (size + ALIGNMENT - 1) & ~(ALIGNMENT - 1) : ALIGNMENT;
    void *piece;

    CHECK_MAGIC(arena, ARENA_MAGIC);
    if (need < size || (arena->limit && need > arena->limit - arena->used)) {
        piece = NULL;
    } else if (OWN_BLOCKS) {
        piece = alloc_own(arena, size);
    } else if (need <= (size_t)(arena->end - arena->next)) {
        piece = arena->next;
        arena->next += need;
    } else {
        piece = alloc_slow(arena, need);
    }
    if (piece)
        arena->used += need;
    else
        arena->exhausted = true;
    return piece;
}

void *arena_zalloc(struct arena *arena, size_t size)
{
    void *piece = arena_alloc(arena, size);

    return piece ? memset(piece, 0, size) : NULL;
}

void *arena_copy(struct arena *arena, const void *data, size_t size)
{
    void *piece = arena_alloc(arena, size);

    return piece && size ? memcpy(piece, data, size) : piece;
}

char *arena_strndup(struct arena *arena, const char *text, size_t len)
{
    char *copy = arena_alloc(arena, len == SIZE_MAX ? len : len + 1);

    if (!copy)
        return NULL;
    if (len)
        memcpy(copy, text, len);
    copy[len] = '\0';
    return copy;
}

char *arena_vprintf(struct arena *arena, const char *format, va_list args)
{
    va_list again;
    char *text;
    int len;

    va_copy(again, args);
    len = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (len < 0)
        return NULL;
    text = arena_alloc(arena, (size_t)len + 1);
    if (text)
        vsnprintf(text, (size_t)len + 1, format, args);
    return text;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
    va_list args;
    char *text;

    va_start(args, format);
    text = arena_vprintf(arena, format, args);
    va_end(args);
    return text;
}

void arena_reset(struct arena *arena)
{
    struct arena_block *kept = NULL, *older;

    CHECK_MAGIC(arena, ARENA_MAGIC);
    for (struct arena_block *block = arena->blocks; block; block = older) {
        older = block->older;
        if (!OWN_BLOCKS && !kept && block->size == arena->block_size)
            kept = block;
        else
            free(block);
    }
    if (kept)
        kept->older = NULL;
    arena->blocks = kept;
    arena->next = kept ? block_bytes(kept) : NULL;
    arena->end = kept ? arena->next + kept->size : NULL;
    arena->used = 0;
    arena->exhausted = false;
}

void arena_free(struct arena *arena)
{
    struct arena_block *older;

    CHECK_MAGIC(arena, ARENA_MAGIC);
    for (struct arena_block *block = arena->blocks; block; block = older) {
        older = block->older;
        free(block);
    }
    *arena = (struct arena){0};
}
