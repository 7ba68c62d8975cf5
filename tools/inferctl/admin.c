// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Actions at the admin address. An answer names a generation, and the daemon tells nobody when it comes: it is asked.
#include "admin.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"

enum { ASK_EVERY_MS = 20, WAIT_MS = 60000 };

bool admin_place(struct http_place *place, const char *option, const char *token, const char *command)
{
    *place = (struct http_place){option ? option : getenv("INFERD_ADMIN_ADDRESS"), "--admin", token};
    if (place->address && *place->address)
        return true;
    fprintf(stderr,
            "inferctl %s: say where administrators come, with --admin or in INFERD_ADMIN_ADDRESS; inferd listens there "
            "if its --admin-address says so\n",
            command);
    return false;
}

static json_t *ask(const struct http_place *place, const char *method, const char *path, const char *command)
{
    char error[512] = "what it answers is no JSON";
    char *text = http_ask(place, method, path, error, sizeof(error));
    json_t *json = text ? json_loads(text, 0, NULL) : NULL;

    if (!json)
        fprintf(stderr, "inferctl %s: %s\n", command, error);
    free(text);
    return json;
}

json_t *admin_config(const struct http_place *place, const char *command)
{
    return ask(place, "GET", "/config", command);
}

static bool wait_for(const struct http_place *place, json_int_t generation, const char *command)
{
    const struct timespec pause = {0, ASK_EVERY_MS * 1000000};
    int64_t until_us = clock_now_us() + WAIT_MS * 1000;
    json_int_t now = -1;

    while (now < generation) {
        json_t *config = admin_config(place, command);

        if (!config)
            return false;
        now = json_integer_value(json_object_get(config, "generation"));
        json_decref(config);
        if (now < generation && clock_now_us() > until_us) {
            fprintf(stderr, "inferctl %s: it is asked for, but generation %lld has not come in a minute: see its log\n",
                    command, (long long)generation);
            return false;
        }
        if (now < generation)
            nanosleep(&pause, NULL);
    }
    return true;
}

json_t *admin_act(const struct http_place *place, const char *path, const char *command)
{
    json_t *answer = ask(place, "POST", path, command);

    if (answer && !wait_for(place, json_integer_value(json_object_get(answer, "generation")), command)) {
        json_decref(answer);
        answer = NULL;
    }
    return answer;
}
