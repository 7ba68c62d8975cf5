// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What may be asked and done at the admin address. Who may is somebody else's to know.
#ifndef DAEMON_ADMIN_WEB_H
#define DAEMON_ADMIN_WEB_H

#include "daemon/admin.h"
#include "daemon/web.h"

// Embedded; must outlive the HTTP server.
struct admin_web {
    struct http_options options;
    struct http_route routes[6];
    struct web_shown shown;
    struct admin_actions actions;
    bool (*admits)(void *user, struct http_request *request);
    void *user;
};

// admits: whether who asks may; if not, it has replied. Health is answered to everybody.
void admin_web_init(struct admin_web *web, const struct web_shown *shown, const struct admin_actions *actions,
                    bool (*admits)(void *user, struct http_request *request), void *user);

#endif
