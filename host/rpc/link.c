// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The loop's side of links: lines that are up, and what becomes of them.
#include "rpc/link.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/eventfd.h>
#include "base/magic.h"
#include "rpc/link_inner.h"

#define OF(job, type, member) ((type *)((char *)(job)-offsetof(type, member)))

static void wake(struct links *links)
{
    ALWAYS(eventfd_write(links->wake, 1) == 0);
}

struct links *links_new(struct loop *loop, size_t max_reply)
{
    struct links *links = calloc(1, sizeof(*links));

    if (links == NULL)
        return NULL;
    links->loop = loop;
    links->max_reply = max_reply;
    links->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    pthread_mutex_init(&links->lock, NULL);
    if (links->wake < 0 || pthread_create(&links->thread, NULL, link_thread, links) != 0) {
        if (links->wake >= 0)
            close(links->wake);
        pthread_mutex_destroy(&links->lock);
        free(links);
        return NULL;
    }
    pthread_setname_np(links->thread, "links");
    return links;
}

static void free_line(struct link_line *line)
{
    http2_free(line->http2);
    if (line->socket >= 0)
        close(line->socket);
    if (line->watched >= 0)
        close(line->watched);
    free(line);
}

static void free_link(struct link *link)
{
    free(link->host);
    free(link->port);
    free(link);
}

static void free_links(struct link *link)
{
    while (link != NULL) {
        struct link *next = link->next;

        free_link(link);
        link = next;
    }
}

void links_free(struct links *links)
{
    if (links == NULL)
        return;
    atomic_store(&links->stopping, true);
    wake(links);
    pthread_join(links->thread, NULL);
    loop_drain(links->loop); // what the thread said last
    while (links->all_lines != NULL) {
        struct link_line *line = links->all_lines;

        links->all_lines = line->next;
        free_line(line);
    }
    loop_drain(links->loop); // what connections still had to do
    free_links(links->open);
    free_links(links->over);
    close(links->wake);
    pthread_mutex_destroy(&links->lock);
    free(links);
}

struct link *link_open(struct links *links, const char *address)
{
    struct link *link = calloc(1, sizeof(*link));
    const char *colon = strrchr(address, ':');
    bool brackets = *address == '[' && colon != NULL && colon[-1] == ']';

    if (link == NULL || colon == NULL) {
        free(link);
        return NULL;
    }
    link->links = links;
    link->over_job.fn = link_over;
    link->host = strndup(address + brackets, (size_t)(colon - address) - 2 * brackets);
    link->port = strdup(colon + 1);
    if (link->host == NULL || link->port == NULL) {
        free_link(link);
        return NULL;
    }
    pthread_mutex_lock(&links->lock);
    link->next = links->open;
    links->open = link;
    pthread_mutex_unlock(&links->lock);
    wake(links);
    return link;
}

void link_close(struct link *link)
{
    struct links *links = link->links;

    atomic_store(&link->closed, true); // from here on the link may be freed at any time
    wake(links);
}

void link_over(struct loop_job *job)
{
    struct link *link = OF(job, struct link, over_job), **at = &link->links->over;

    ALWAYS(link->count == 0);
    pthread_mutex_lock(&link->links->lock);
    while (*at != link)
        at = &(*at)->next;
    *at = link->next;
    pthread_mutex_unlock(&link->links->lock);
    free_link(link);
}

static void forget_line(struct link_line *line)
{
    struct links *links = line->link->links;
    struct link_line **at = &links->all_lines;

    pthread_mutex_lock(&links->lock);
    while (*at != line)
        at = &(*at)->next;
    *at = line->next;
    pthread_mutex_unlock(&links->lock);
    free_line(line);
}

// No call begins on it any more. Calls that are under way go on, so the connection stays as long as they do.
static void unlist(struct link_line *line)
{
    struct link *link = line->link;
    unsigned at = 0;

    if (!line->listed)
        return;
    while (link->lines[at] != line)
        at++;
    link->lines[at] = link->lines[--link->count];
    line->listed = false;
}

static void drop_line(struct link_line *line)
{
    unlist(line);
    atomic_store(&line->dropped, true);
    wake(line->link->links);
}

// The backend takes no more calls on it.
static void line_over(void *line)
{
    drop_line(line);
}

void link_line_up(struct loop_job *job)
{
    struct link_line *line = OF(job, struct link_line, up);
    struct link *link = line->link;

    line->http2 = http2_new(link->links->loop, line->socket, link->links->max_reply, line_over, line);
    if (line->http2 == NULL) {
        drop_line(line);
        return;
    }
    line->socket = -1;
    ALWAYS(link->count < LINK_MAX_LINES);
    link->lines[link->count++] = line;
    line->listed = true;
}

void link_line_gone(struct loop_job *job)
{
    struct link_line *line = OF(job, struct link_line, gone);

    unlist(line);
    line->was_told = true;
    if (line->calls == 0)
        forget_line(line);
}

struct link_line *link_take(struct link *link)
{
    struct link_line *line;

    if (link->count == 0)
        return NULL;
    line = link->lines[link->turn++ % link->count];
    line->calls++;
    return line;
}

struct http2 *link_http2(const struct link_line *line)
{
    return line->http2;
}

void link_put(struct link_line *line)
{
    line->calls--;
    if (line->was_told && line->calls == 0)
        forget_line(line);
}
