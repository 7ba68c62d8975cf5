// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The sockets that a loop looks after.
#include <stdlib.h>
#include "base/magic.h"
#include "rpc/loop_inner.h"

#define NOWHERE UINT32_MAX

// A list through the places that are free.
static bool grow(struct loop *loop)
{
    uint32_t more = loop->place_count > 0 ? 2 * loop->place_count : 16;
    struct loop_place *places = realloc(loop->places, more * sizeof(*places));

    if (places == NULL)
        return false;
    for (uint32_t i = loop->place_count; i < more; i++)
        places[i] = (struct loop_place){.next_free = i + 1 < more ? i + 1 : NOWHERE};
    loop->places = places;
    loop->free_place = loop->place_count;
    loop->place_count = more;
    return true;
}

static void give_back(struct loop *loop, uint32_t at)
{
    loop->places[at].watch = NULL;
    loop->places[at].next_free = loop->free_place;
    loop->free_place = at;
}

bool loop_watch(struct loop *loop, struct loop_watch *watch)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET};
    struct loop_place *place;

    if ((loop->place_count == 0 || loop->free_place == NOWHERE) && !grow(loop))
        return false;
    watch->place = loop->free_place;
    place = &loop->places[watch->place];
    loop->free_place = place->next_free;
    place->watch = watch;
    event.data.u64 = (uint64_t)++place->uses << 32 | watch->place;
    if (epoll_ctl(loop->epoll, EPOLL_CTL_ADD, watch->fd, &event) == 0)
        return true;
    give_back(loop, watch->place);
    return false;
}

void loop_unwatch(struct loop *loop, struct loop_watch *watch)
{
    ALWAYS(watch->place < loop->place_count && loop->places[watch->place].watch == watch);
    ALWAYS(epoll_ctl(loop->epoll, EPOLL_CTL_DEL, watch->fd, NULL) == 0);
    give_back(loop, watch->place);
}

void loop_watch_event(struct loop *loop, const struct epoll_event *event)
{
    const struct loop_place *place = &loop->places[(uint32_t)event->data.u64];

    if (place->watch != NULL && place->uses == event->data.u64 >> 32)
        place->watch->fn(place->watch, event->events);
}
