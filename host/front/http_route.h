// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Finding the route of a request. A pure function of table, method and path.
#ifndef FRONT_HTTP_ROUTE_H
#define FRONT_HTTP_ROUTE_H

#include <stddef.h>

#include "front/http.h"

// NULL: none; then allowed says which methods the path has ("GET, HEAD"), or is "" where no route has the path.
const struct http_route *http_route_find(const struct http_route *routes, size_t count, const char *method,
                                         const char *path, char *allowed, size_t size);

#endif
