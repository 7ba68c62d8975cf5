// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The sockets that a loop looks after.
#include <stdlib.h>
#include "base/magic.h"
#include "rpc/loop_inner.h"

static struct loop_place *find_place(struct loop *loop, const struct loop_watch *watch)
{
    struct loop_place *places;

    for (uint32_t i = 0; i < loop->place_count; i++)
        if (loop->places[i].watch == watch)
            return &loop->places[i];
    if (watch != NULL)
        return NULL;
    places = realloc(loop->places, (loop->place_count + 1) * sizeof(*places));
    if (places == NULL)
        return NULL;
    loop->places = places;
    places[loop->place_count] = (struct loop_place){0};
    return &places[loop->place_count++];
}

bool loop_watch(struct loop *loop, struct loop_watch *watch)
{
    struct loop_place *place = find_place(loop, NULL);
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET};

    if (place == NULL)
        return false;
    event.data.u64 = (uint64_t)++place->uses << 32 | (uint32_t)(place - loop->places);
    if (epoll_ctl(loop->epoll, EPOLL_CTL_ADD, watch->fd, &event) != 0)
        return false;
    place->watch = watch;
    return true;
}

void loop_unwatch(struct loop *loop, struct loop_watch *watch)
{
    struct loop_place *place = find_place(loop, watch);

    ALWAYS(place != NULL && epoll_ctl(loop->epoll, EPOLL_CTL_DEL, watch->fd, NULL) == 0);
    place->watch = NULL;
}

void loop_watch_event(struct loop *loop, const struct epoll_event *event)
{
    const struct loop_place *place = &loop->places[(uint32_t)event->data.u64];

    if (place->watch != NULL && place->uses == event->data.u64 >> 32)
        place->watch->fn(place->watch, event->events);
}
