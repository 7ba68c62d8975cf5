// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Which server a run's calls go to: one of model_end_points by its share, else model_end_point.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "predator.h"

#define PATH "/inference.GRPCInferenceService/ModelInfer"

uint32_t predator_random(struct predator *predator, uint32_t below)
{
    predator->random = predator->random * UINT64_C(6364136223846793005) + 1442695040888963407;
    return (uint32_t)((predator->random >> 33) % below);
}

// An endpoint may have its port in it.
static void write_address(struct predator_route *route, const char *endpoint, int64_t port)
{
    const char *colon = strrchr(endpoint, ':');

    if (colon && !strchr(colon, ']') && (strchr(endpoint, ':') == colon || colon[-1] == ']'))
        snprintf(route->address, sizeof(route->address), "%s", endpoint);
    else
        snprintf(route->address, sizeof(route->address), "%s:%d", endpoint, (int)port);
}

// Time for a call. Who says more than the longest means the same.
static int64_t deadline_of(const struct predator *predator)
{
    const struct predator_settings *settings = predator->settings;
    int64_t deadline_ms = predator->options->deadline_ms;

    if (deadline_ms <= 0)
        return settings->deadline_ms;
    return deadline_ms < PREDATOR_LONGEST_MS ? deadline_ms : PREDATOR_LONGEST_MS;
}

static int open_route(struct predator *predator, const char *endpoint, int64_t percentage, const char *path)
{
    const struct predator_settings *settings = predator->settings;
    struct predator_route *route = &predator->routes[predator->route_count];
    const struct inferd_header headers[] = {
        {"predator-caller-id", settings->caller_id},
        {"predator-auth-token", settings->caller_token},
    };
    struct inferd_method_options options = {.size = sizeof(options),
                                            .address = route->address,
                                            .path = PATH,
                                            .tls = !settings->plain_text,
                                            .timeout_ms = deadline_of(predator),
                                            .headers = headers,
                                            .header_count = 2,
                                            .service = PREDATOR_SERVICE,
                                            .endpoint = PREDATOR_ENDPOINT};

    write_address(route, endpoint, settings->port);
    route->percentage = percentage;
    route->method = predator->rpc->open(predator->info->self, &options, path);
    if (!route->method)
        return INFERD_INVALID_ARGUMENT;
    predator->route_count++;
    return INFERD_OK;
}

int predator_open_routes(struct predator *predator)
{
    const struct predator_options *options = predator->options;
    const struct predator_endpoint_option *endpoints = options->endpoints.items;
    int status = INFERD_OK;
    char path[64];

    predator->routes = calloc(options->endpoints.count + 1, sizeof(*predator->routes));
    if (!predator->routes)
        return predator->host->fail(predator->info->self, INFERD_RESOURCE_EXHAUSTED, "", "no memory");
    for (size_t i = 0; i < options->endpoints.count && status == INFERD_OK; i++) {
        snprintf(path, sizeof(path), "model_end_points[%zu].endpoint", i);
        status = open_route(predator, endpoints[i].endpoint, endpoints[i].percentage, path);
    }
    if (status == INFERD_OK && *options->endpoint)
        status = open_route(predator, options->endpoint, 100, "model_end_point");
    return status;
}

const struct predator_route *predator_pick_route(struct predator *predator)
{
    int64_t drawn = predator_random(predator, 100);

    for (uint32_t i = 0; i < predator->route_count; i++) {
        drawn -= predator->routes[i].percentage;
        if (drawn < 0)
            return &predator->routes[i];
    }
    return NULL;
}
