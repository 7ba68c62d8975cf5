// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Calls before admission.
#include "front/admit.h"

#include <stddef.h>
#include <inferd/status.h>
#include "front/server.h"

static struct inbound *inbound_of(struct admission_entry *entry)
{
    return (struct inbound *)((char *)entry - offsetof(struct inbound, entry));
}

static void let_in(struct front_server *server)
{
    struct admission_entry *entry;

    while ((entry = admission_next(&server->admission, loop_now_us(server->loop)))) {
        struct inbound *inbound = inbound_of(entry);

        inbound->cancelled = NULL;
        inbound->admitted(inbound);
    }
}

static void give_up(struct front_server *server)
{
    int64_t now_us = loop_now_us(server->loop);
    enum admission_answer why;
    struct admission_entry *entry;

    while ((entry = admission_give_up(&server->admission, now_us, &why)))
        inbound_refuse(inbound_of(entry), why);
}

// Those for whom there is place now, and those who have waited for too long.
static void look(struct front_server *server)
{
    let_in(server);
    give_up(server);
    if (server->admission.waiting.count > 0)
        loop_timer_arm(server->loop, &server->due, admission_due_us(&server->admission, loop_now_us(server->loop)));
    else
        loop_timer_drop(server->loop, &server->due);
}

static void on_due(struct loop_timer *timer)
{
    look((struct front_server *)((char *)timer - offsetof(struct front_server, due)));
}

// Not sooner than at the end of the turn: a run may end before it was begun.
static void on_turn_end(struct loop_job *job)
{
    struct front_server *server = (struct front_server *)((char *)job - offsetof(struct front_server, left));

    server->leaving = false;
    let_in(server);
}

static void cancelled(struct inbound *inbound)
{
    admission_forget(&inbound->server->admission, &inbound->entry);
    inbound_fail(inbound, INFERD_CANCELLED, "the client went away while the call waited for its turn");
}

void admit_init(struct front_server *server)
{
    server->left.fn = on_turn_end;
    server->due.fn = on_due;
}

bool admit(struct inbound *inbound, struct inferd_bytes tenant, void (*admitted)(struct inbound *inbound))
{
    struct front_server *server = inbound->server;
    enum admission_answer answer = admission_ask(&server->admission, &inbound->entry, tenant, inbound->arrived_us);

    if (answer == ADMISSION_GO)
        return true;
    if (answer == ADMISSION_WAIT) {
        inbound->admitted = admitted;
        inbound->cancelled = cancelled;
        if (server->due.slot == 0 || server->admission.waiting.count > server->admission.waiting.most)
            look(server);
    } else {
        inbound_refuse(inbound, answer);
    }
    return false;
}

void admit_leave(struct inbound *inbound, struct plan_pace *pace, uint32_t of_plan, bool well)
{
    struct front_server *server = inbound->server;

    admission_leave(&server->admission, &inbound->entry, pace, of_plan, well, loop_now_us(server->loop));
    if (server->admission.waiting.count == 0 || server->leaving)
        return;
    server->leaving = true;
    loop_defer(server->loop, &server->left);
}
