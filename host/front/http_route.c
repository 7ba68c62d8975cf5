// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Routes: a few dozen at most, looked through one by one.
#include "front/http_route.h"

#include <stdio.h>
#include <string.h>

static bool has_path(const struct http_route *route, const char *path)
{
    return route->prefix ? strncmp(path, route->path, strlen(route->path)) == 0 : strcmp(path, route->path) == 0;
}

static bool has_method(const struct http_route *route, const char *method)
{
    return strcmp(route->method, method) == 0 || (strcmp(method, "HEAD") == 0 && strcmp(route->method, "GET") == 0);
}

// A whole path before a prefix, a longer prefix before a shorter.
static bool is_closer(const struct http_route *route, const struct http_route *than)
{
    if (!than || route->prefix != than->prefix)
        return !than || than->prefix;
    return strlen(route->path) > strlen(than->path);
}

// Another route before this one has the path and the method.
static bool is_listed(const struct http_route *routes, size_t count, const struct http_route *route, const char *path)
{
    for (size_t i = 0; i < count && &routes[i] != route; i++) {
        if (has_path(&routes[i], path) && strcmp(routes[i].method, route->method) == 0)
            return true;
    }
    return false;
}

static void list_method(const struct http_route *route, char *allowed, size_t size)
{
    size_t len = strlen(allowed);

    snprintf(allowed + len, size - len, "%s%s%s", len ? ", " : "", route->method,
             strcmp(route->method, "GET") == 0 ? ", HEAD" : "");
}

const struct http_route *http_route_find(const struct http_route *routes, size_t count, const char *method,
                                         const char *path, char *allowed, size_t size)
{
    const struct http_route *best = NULL;

    allowed[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        if (!has_path(&routes[i], path))
            continue;
        if (!is_listed(routes, count, &routes[i], path))
            list_method(&routes[i], allowed, size);
        if (has_method(&routes[i], method) && is_closer(&routes[i], best))
            best = &routes[i];
    }
    return best;
}
