// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What may be asked and done at the admin address. Who may is somebody else's to know.
#ifndef DAEMON_ADMIN_WEB_H
#define DAEMON_ADMIN_WEB_H

#include "daemon/admin.h"
#include "daemon/web.h"

#define ADMIN_WHO_SIZE 192

// Whether who asks may, and who it is, for the log; if not, it has replied.
typedef bool admin_admits_fn(void *user, struct http_request *request, char who[ADMIN_WHO_SIZE]);

// Embedded; must outlive the HTTP server.
struct admin_web {
    struct http_options options;
    struct http_route routes[6];
    struct web_shown shown;
    struct admin_actions actions;
    admin_admits_fn *admits;
    void *user;
};

// Health is answered to everybody.
void admin_web_init(struct admin_web *web, const struct web_shown *shown, const struct admin_actions *actions,
                    admin_admits_fn *admits, void *user);

#endif
