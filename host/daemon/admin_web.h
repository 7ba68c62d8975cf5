// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What may be asked and done at the admin address. Knows nothing of who asks.
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
};

void admin_web_init(struct admin_web *web, const struct web_shown *shown, const struct admin_actions *actions);

#endif
