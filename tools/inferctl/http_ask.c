// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Asks a running inferd over HTTP, by libcurl.
#include "http_ask.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/text.h"

#define CONNECT_MS 3000L
#define ANSWER_MS 30000L

static size_t take(char *bytes, size_t size, size_t count, void *user)
{
    text_append(user, bytes, size * count);
    return size * count;
}

static bool show_token(CURL *curl, const char *token)
{
    return curl_easy_setopt(curl, CURLOPT_HTTPAUTH, CURLAUTH_BEARER) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_XOAUTH2_BEARER, token) == CURLE_OK;
}

static bool ask(CURL *curl, const char *url, const char *socket, const char *token, bool post, struct text *body,
                char *why)
{
    *why = '\0';
    return curl_easy_setopt(curl, CURLOPT_URL, url) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, socket) == CURLE_OK &&
           (!token || show_token(curl, token)) &&
           (!post || curl_easy_setopt(curl, CURLOPT_POSTFIELDS, "") == CURLE_OK) &&
           curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_PROXY, "") == CURLE_OK && // not by way of anybody else
           curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, ANSWER_MS) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, why) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_WRITEDATA, body) == CURLE_OK && curl_easy_perform(curl) == CURLE_OK;
}

// Why an answer is none, for people; what the daemon itself says comes first.
static void describe(const char *url, long status, const struct http_place *place, const struct text *body, char *error,
                     size_t size)
{
    if (status == 401 && place->token)
        snprintf(error, size, "%s answers with status 401: it doesn't know the token that it was shown", url);
    else if (status == 401)
        snprintf(error, size,
                 "%s answers with status 401: it wants a token; give it with --token-file, or in INFERCTL_TOKEN", url);
    else if (status == 404 || status == 0 || !body->len)
        snprintf(error, size, "%s answers with status %ld: it is no inferd, or one that doesn't show this here", url,
                 status);
    else
        snprintf(error, size, "%s answers with status %ld: %.*s", url, status, (int)strcspn(text_string(body), "\n"),
                 text_string(body));
}

char *http_ask(const struct http_place *place, const char *method, const char *path, char *error, size_t size)
{
    CURL *curl = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? curl_easy_init() : NULL;
    const char *address = place->address, *socket = strncmp(address, "unix:", 5) == 0 ? address + 5 : NULL;
    char why[CURL_ERROR_SIZE] = "no memory";
    char *found = NULL;
    struct text url, body;
    long status = 0;

    text_init(&url);
    text_init(&body);
    text_printf(&url, "%s%s%s", !socket && strstr(address, "://") ? "" : "http://", socket ? "localhost" : address,
                path);
    if (!curl || !ask(curl, text_string(&url), socket, place->token, strcmp(method, "POST") == 0, &body, why))
        snprintf(error, size,
                 "no inferd answers at %s: %s. Is it running, and is that where it listens? Say where it is "
                 "with %s",
                 address, *why ? why : "it can't be asked", place->option);
    else if (curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status) != CURLE_OK || status != 200)
        describe(text_string(&url), status, place, &body, error, size);
    else
        found = strdup(text_string(&body));
    curl_easy_cleanup(curl);
    curl_global_cleanup();
    text_free(&url);
    text_free(&body);
    return found;
}
