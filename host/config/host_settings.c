// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The host's table, and what it takes to make its struct whole: defaults that are found out, two units of one size, and
// the choice of one place for model configs.
#include <math.h>
#include <sched.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>
#include "base/log.h"
#include "config/settings_inner.h"
#include "config/tenant_shares.h"

#define OPTION_OF(type) INFERD_OPTION_##type

// clang-format off
const struct inferd_setting host_settings_table[] = {
#define HOST_SETTING(type, field, option, environment, also, fallback, min, max, unit, flags, help)                    \
    {option, environment, also, OPTION_OF(type), flags, offsetof(struct host_settings, field), fallback, min, max,     \
     unit, help},
#include "config/host_settings.tbl"
    {0},
};

// The table's lines in their order, for the titles between them.
static const struct line {
    const char *title, *option;
} lines[] = {
#define HOST_SECTION(title) {title, NULL},
#define HOST_SETTING(type, field, option, ...) {NULL, option},
#include "config/host_settings.tbl"
};
// clang-format on

const struct inferd_setting *host_settings_find(const char *option)
{
    for (const struct inferd_setting *s = host_settings_table; s->option; s++)
        if (strcmp(s->option, option) == 0)
            return s;
    return NULL;
}

const char *host_settings_section(const struct inferd_setting *setting)
{
    for (size_t i = 1; i < sizeof(lines) / sizeof(lines[0]); i++)
        if (lines[i].option && strcmp(lines[i].option, setting->option) == 0)
            return lines[i - 1].title;
    return NULL;
}

static unsigned count_cores(void)
{
    cpu_set_t set;

    return sched_getaffinity(0, sizeof(set), &set) == 0 ? (unsigned)CPU_COUNT(&set) : 1;
}

static const char *print(struct settings *settings, struct problems *problems, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static const char *print(struct settings *settings, struct problems *problems, const char *format, ...)
{
    va_list args;
    const char *text;

    va_start(args, format);
    text = arena_vprintf(&settings->arena, format, args);
    va_end(args);
    if (!text)
        problems_add(problems, PROBLEM_CONFIG, "settings", "do not fit in memory");
    return text ? text : "";
}

static void find_out_defaults(struct settings *settings, struct problems *problems)
{
    struct host_settings *host = settings->host;
    struct setting_known *workers = settings_known(settings, NULL, "workers");
    struct setting_known *prefix = settings_known(settings, NULL, "etcd-prefix");
    struct setting_known *config = settings_known(settings, NULL, "public-config");
    size_t len;

    if (workers->origin == SETTING_DEFAULT) {
        host->workers = count_cores();
        workers->text = print(settings, problems, "%u", count_cores());
    }
    if (!*host->tls_address)
        host->tls_address = settings_known(settings, NULL, "tls-address")->text = host->listen_address;
    if (config->origin == SETTING_DEFAULT) {
        host->public_config = !*host->access_file; // it names models, whoever may ask for them
        config->text = host->public_config ? "true" : "false";
    }
    if (!*host->etcd_prefix)
        host->etcd_prefix = print(settings, problems, "/config/inferflow/services/%s/model-config", host->name);
    len = strlen(host->etcd_prefix);
    while (len > 0 && host->etcd_prefix[len - 1] == '/')
        len--;
    host->etcd_prefix = prefix->text = print(settings, problems, "%.*s", (int)len, host->etcd_prefix);
}

static void choose_cache_size(struct settings *settings, struct problems *problems)
{
    struct host_settings *host = settings->host;
    struct setting_known *size = settings_known(settings, NULL, "cache-size");
    struct setting_known *mib = settings_known(settings, NULL, "cache-size-mb");
    int64_t bytes = host->cache_size_mib * 1048576;

    if (mib->origin == SETTING_DEFAULT)
        return;
    if (size->origin == SETTING_DEFAULT) {
        host->cache_size = bytes;
        size->text = print(settings, problems, "%lld", (long long)bytes);
        size->where = mib->where;
        size->origin = mib->origin;
    } else if (host->cache_size != bytes)
        problems_add(problems, PROBLEM_WARNING, mib->where, "differs from %s, which is used; leave one of them out",
                     size->where);
}

static void choose_source(struct settings *settings, struct problems *problems)
{
    struct host_settings *host = settings->host;
    struct setting_known *dir = settings_known(settings, NULL, "config-dir");
    struct setting_known *etcd = settings_known(settings, NULL, "etcd-endpoints");

    if (!*host->etcd_endpoints)
        return;
    if (!*host->config_dir || dir->origin < etcd->origin)
        host->config_dir = dir->text = "";
    else if (dir->origin > etcd->origin) {
        problems_add(problems, PROBLEM_WARNING, dir->where, "is used, and not the etcd of %s", etcd->where);
        host->etcd_endpoints = etcd->text = "";
    } else {
        problems_add(problems, PROBLEM_CONFIG, dir->where,
                     "model configs come from a directory or from etcd, which %s asks for; leave one of them out",
                     etcd->where);
        host->config_dir = dir->text = "";
    }
}

static void check_words(struct settings *settings, struct problems *problems)
{
    static const char *const silent[] = {"FATAL", "PANIC", "DISABLED"};
    struct host_settings *host = settings->host;
    struct setting_known *level = settings_known(settings, NULL, "log-level");
    struct setting_known *compat = settings_known(settings, NULL, "compat");
    int number;

    for (size_t i = 0; i < sizeof(silent) / sizeof(silent[0]); i++)
        if (strcasecmp(host->log_level, silent[i]) == 0) {
            problems_add(problems, PROBLEM_WARNING, level->where, "\"%s\" is taken as ERROR", host->log_level);
            host->log_level = level->text = "ERROR";
        }
    if (!log_level_of(host->log_level, &number)) {
        problems_add(problems, PROBLEM_CONFIG, level->where, "is \"%s\"; expected DEBUG, INFO, WARN or ERROR",
                     host->log_level);
        host->log_level = "INFO";
    }
    if (*host->compat && strcmp(host->compat, "inferflow") != 0) {
        problems_add(problems, PROBLEM_CONFIG, compat->where, "is \"%s\"; expected inferflow, or nothing",
                     host->compat);
        host->compat = "";
    }
    if (!*host->name || strchr(host->name, '/'))
        problems_add(problems, PROBLEM_CONFIG, settings_known(settings, NULL, "name")->where,
                     "is \"%s\"; expected a name without slashes", host->name);
}

static void check_shares(struct settings *settings, struct problems *problems)
{
    const char *text = settings->host->tenant_shares;
    struct tenant_share share;

    while (*text)
        if (!tenant_shares_next(&text, &share)) {
            problems_add(problems, PROBLEM_CONFIG, settings_known(settings, NULL, "tenant-shares")->where,
                         "has \"%s\"; expected NAME=WEIGHT, separated by commas, with weights from 1 to 1000", text);
            settings->host->tenant_shares = "";
            return;
        }
}

void host_settings_finish(struct settings *settings, struct problems *problems)
{
    check_words(settings, problems);
    check_shares(settings, problems);
    find_out_defaults(settings, problems);
    choose_cache_size(settings, problems);
    choose_source(settings, problems);
}
