// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Settings from the command line, the environment, inferd.conf and defaults: which one wins, what is refused and how.
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include "config/settings.h"
#include "config/settings_inner.h"

struct store_settings {
    const char *host;
    int64_t deadline_ms;
    bool plain;
    double share;
    const char *token;
};

static const struct inferd_setting store_table[] = {
    {.option = "store-host",
     .environment = "STORE_FS_HOST",
     .also = "store_host",
     .type = INFERD_OPTION_STRING,
     .offset = offsetof(struct store_settings, host),
     .help = "host of the store"},
    {.option = "store-deadline",
     .environment = "STORE_DEADLINE",
     .type = INFERD_OPTION_INT,
     .offset = offsetof(struct store_settings, deadline_ms),
     .fallback = "200",
     .min = 1,
     .max = 60000,
     .unit = "ms"},
    {.option = "store-plain",
     .type = INFERD_OPTION_BOOL,
     .offset = offsetof(struct store_settings, plain),
     .fallback = "true"},
    {.option = "store-share",
     .type = INFERD_OPTION_REAL,
     .offset = offsetof(struct store_settings, share),
     .min = 0,
     .max = 100,
     .unit = "%"},
    {.option = "store-token",
     .type = INFERD_OPTION_STRING,
     .flags = INFERD_OPTION_SECRET,
     .offset = offsetof(struct store_settings, token)},
    {0},
};

static const struct inferd_settings store = {store_table, sizeof(struct store_settings)};

struct fixture {
    char file[64];
    struct settings *settings;
    struct problems problems;
    struct text text;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    int fd;

    for (const struct inferd_setting *s = host_settings_table; s->option; s++) {
        if (s->environment)
            unsetenv(s->environment);
        if (s->also)
            unsetenv(s->also);
    }
    unsetenv("STORE_FS_HOST");
    unsetenv("store_host");
    unsetenv("STORE_DEADLINE");
    strcpy(f->file, "/tmp/inferd-settings-XXXXXX");
    fd = mkstemp(f->file);
    assert_true(fd >= 0);
    close(fd);
    problems_init(&f->problems);
    text_init(&f->text);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    unlink(f->file);
    settings_free(f->settings);
    problems_free(&f->problems);
    text_free(&f->text);
    free(f);
    return 0;
}

static void write_file(struct fixture *f, const char *text)
{
    FILE *file = fopen(f->file, "w");

    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

// Reads words (split at spaces) as the command line, with the fixture's inferd.conf; what was wrong is in f->text.
static const struct host_settings *read_line(struct fixture *f, const char *words)
{
    char copy[512], option[96], name[] = "inferd", *argv[32] = {name, option};
    int argc = 2;

    snprintf(copy, sizeof(copy), "%s", words);
    snprintf(option, sizeof(option), "--config-file=%s", f->file);
    for (char *word = strtok(copy, " "); word && argc < 31; word = strtok(NULL, " "))
        argv[argc++] = word;
    f->settings = settings_read(argc, argv, &f->problems);
    assert_non_null(f->settings);
    problems_text(&f->problems, &f->text);
    return settings_host(f->settings);
}

static void wrong(void **state, const char *words, const char *message)
{
    struct fixture *f = *state;

    read_line(f, words);
    assert_string_equal(text_string(&f->text), message);
    assert_int_equal(f->problems.errors, f->problems.count);
}

static void has_defaults(void **state)
{
    struct fixture *f = *state;
    const struct host_settings *host = read_line(f, "");

    assert_string_equal(text_string(&f->text), "");
    assert_string_equal(host->name, "inferflow");
    assert_int_equal(host->port, 8085);
    assert_true(host->workers >= 1);
    assert_int_equal(host->drain_timeout_ms, 30000);
    assert_int_equal(host->cache_size, 512 << 20);
    assert_true(host->config_watch);
    assert_true(host->metric_sampling_rate == 1);
    assert_string_equal(host->etcd_endpoints, "");
    assert_string_equal(host->etcd_prefix, "/config/inferflow/services/inferflow/model-config");
    assert_non_null(strstr(host->config_dir, "/inferd/models"));
    assert_int_equal(host->worker_fd, -1);
    assert_false(host->check);
}

static void prefers_option_then_environment_then_file(void **state)
{
    struct fixture *f = *state;
    const struct host_settings *host;

    write_file(f, "port = 1\nname = file\nenvironment=file\n");
    setenv("APP_PORT", "2", 1);
    setenv("APP_NAME", "environment", 1);
    host = read_line(f, "--port=3");
    assert_string_equal(text_string(&f->text), "");
    assert_int_equal(host->port, 3);
    assert_string_equal(host->name, "environment");
    assert_string_equal(host->environment, "file");
    assert_string_equal(host->etcd_prefix, "/config/inferflow/services/environment/model-config");
}

static void takes_an_empty_variable_as_unset(void **state)
{
    setenv("APP_PORT", "", 1);
    assert_int_equal(read_line(*state, "")->port, 8085);
}

static void takes_the_second_spelling_and_warns_of_a_conflict(void **state)
{
    struct fixture *f = *state;

    setenv("ETCD_ENDPOINTS", "http://b:2379", 1);
    assert_string_equal(read_line(f, "")->etcd_endpoints, "http://b:2379");
    assert_string_equal(text_string(&f->text), "");
    settings_free(f->settings);
    setenv("ETCD_SERVER", "http://a:2379", 1);
    assert_string_equal(read_line(f, "")->etcd_endpoints, "http://a:2379");
    assert_string_equal(text_string(&f->text),
                        "ETCD_ENDPOINTS: warning: differs from ETCD_SERVER, which is used; leave one of them out\n");
}

static void reads_all_forms_of_options(void **state)
{
    struct fixture *f = *state;
    const struct host_settings *host =
        read_line(f, "--port 4 --name=x=y --config-watch=off --check --workers=0 --port=5 --drain-timeout 1.5s");

    assert_string_equal(text_string(&f->text), "");
    assert_int_equal(host->port, 5);
    assert_string_equal(host->name, "x=y");
    assert_false(host->config_watch);
    assert_true(host->check);
    assert_int_equal(host->workers, 0);
    assert_int_equal(host->drain_timeout_ms, 1500);
}

static void reads_short_options(void **state)
{
    struct fixture *f = *state;
    const struct host_settings *host;
    char words[128];

    write_file(f, "port = 7");
    snprintf(words, sizeof(words), "-c %s -t -h", f->file);
    host = read_line(f, words);
    assert_string_equal(text_string(&f->text), "");
    assert_int_equal(host->port, 7);
    assert_true(host->check && host->help);
    assert_false(host->version);
}

static void reads_units(void **state)
{
    static const struct {
        const char *text;
        int64_t bytes;
    } sizes[] = {{"64000000", 64000000}, {"1KiB", 1024}, {"1.5M", 1572864}, {"2GB", 2000000000}, {"0", 0},
                 {"1 kB", 1000},         {"7bytes", 7}};
    struct fixture *f = *state;

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        setenv("IN_MEMORY_CACHE_SIZE_IN_BYTES", sizes[i].text, 1);
        assert_int_equal(read_line(f, "")->cache_size, sizes[i].bytes);
        assert_string_equal(text_string(&f->text), "");
        settings_free(f->settings);
    }
    assert_int_equal(read_line(f, "--drain-timeout=2m")->drain_timeout_ms, 120000);
}

static void refuses_wrong_values(void **state)
{
    setenv("ETCD_DIAL_TIMEOUT", "5 GB", 1);
    setenv("METRIC_SAMPLING_RATE", "all", 1);
    wrong(state, "--port=65536 --workers=2.5 --config-watch=maybe --drain-timeout=500us --cache-size=-1",
          "--port: is \"65536\"; expected an integer from 0 to 65535\n"
          "--workers: is \"2.5\"; expected an integer from 0 to 1024\n"
          "--drain-timeout: is \"500us\"; expected an integer from 0 to 86400000 ms (or 200ms, 5s, 1m)\n"
          "ETCD_DIAL_TIMEOUT: is \"5 GB\"; expected an integer from 1 to 600000 ms (or 200ms, 5s, 1m)\n"
          "--config-watch: is \"maybe\"; expected true or false\n"
          "--cache-size: is \"-1\"; expected an integer of at least 0 bytes (or 512MiB)\n"
          "METRIC_SAMPLING_RATE: is \"all\"; expected a number from 0 to 1\n");
}

static void keeps_nothing_of_a_number_that_is_refused(void **state)
{
    static const char *const texts[] = {"8888888888888888888888", "9223372036854775807", "1000000001", "-1"};
    struct fixture *f = *state;
    char line[64];

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        snprintf(line, sizeof(line), "--cache-size-mb=%s", texts[i]);
        assert_int_equal(read_line(f, line)->cache_size_mib, 0);
        assert_non_null(strstr(text_string(&f->text), "expected an integer from 0 to 1000000000"));
        settings_free(f->settings);
    }
    read_line(f, "");
}

static void refuses_shares_that_are_none(void **state)
{
    static const char *const texts[] = {"a", "=1", "a=", "a=0", "a=1001", "a=1.5", "a=-1", "b=2,,a=1", "b=2,"};
    char line[64];

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct fixture *f = *state;

        snprintf(line, sizeof(line), "--tenant-shares=%s", texts[i]);
        read_line(f, line);
        assert_non_null(strstr(text_string(&f->text), "expected NAME=WEIGHT"));
        settings_free(f->settings);
    }
    assert_string_equal(read_line(*state, "--tenant-shares=a=b=1,c=1000")->tenant_shares, "a=b=1,c=1000");
}

static void keeps_the_default_of_a_wrong_value(void **state)
{
    assert_int_equal(read_line(*state, "--port=x")->port, 8085);
}

static void refuses_unknown_options(void **state)
{
    wrong(state, "--prot=1 --config-dri x --x -x stray -- --name",
          "--prot=1: there is no such option; did you mean --port?\n"
          "--config-dri: there is no such option; did you mean --config-dir?\n"
          "x: options only are expected here; see --help\n"
          "--x: there is no such option; see --help (a module's is written --x-y=VALUE)\n"
          "-x: there is no such option; see --help\n"
          "stray: options only are expected here; see --help\n"
          "--: options only are expected here; see --help\n"
          "name: needs a value: --name=VALUE\n");
}

static void reads_the_file(void **state)
{
    struct fixture *f = *state;
    const struct host_settings *host;

    write_file(f, "# comment\n; another\n\n  name = \"a # b\"  # trailing\nport=12;34\nenvironment =\tdev ; stage\n"
                  "compat =\n");
    host = read_line(f, "--port=1");
    assert_string_equal(text_string(&f->text), "");
    assert_string_equal(host->name, "a # b");
    assert_string_equal(host->environment, "dev");
    assert_string_equal(host->compat, "");
}

static void refuses_wrong_lines_of_the_file(void **state)
{
    struct fixture *f = *state;
    struct text expected;

    write_file(f, "[server]\nport\n= 3\nname = \"a\nname = b\nname = c\ncheck = true\nport = x\n");
    text_init(&expected);
    text_printf(&expected,
                "%s:1: there are no sections here; leave the line out\n"
                "%s:2: expected a line such as: port = 8085\n"
                "%s:3: expected a line such as: port = 8085\n"
                "%s:4: the value of name has no closing quote at its end\n"
                "%s:6: name is given twice, also at %s:5; leave one of them out\n"
                "%s:7: check is for the command line: --check\n"
                "%s:8: is \"x\"; expected an integer from 0 to 65535\n",
                f->file, f->file, f->file, f->file, f->file, f->file, f->file, f->file);
    wrong(state, "", text_string(&expected));
    text_free(&expected);
}

static void needs_a_file_that_was_asked_for(void **state)
{
    wrong(state, "--config-file=/nowhere/inferd.conf",
          "/nowhere/inferd.conf: can't be read: No such file or directory\n");
}

static void knows_two_units_of_the_cache(void **state)
{
    struct fixture *f = *state;

    setenv("CACHE_SIZE_MB", "64", 1);
    assert_int_equal(read_line(f, "")->cache_size, 64 << 20);
    assert_string_equal(text_string(&f->text), "");
    settings_free(f->settings);
    setenv("IN_MEMORY_CACHE_SIZE_IN_BYTES", "1000", 1);
    assert_int_equal(read_line(f, "")->cache_size, 1000);
    assert_string_equal(text_string(&f->text), "CACHE_SIZE_MB: warning: differs from IN_MEMORY_CACHE_SIZE_IN_BYTES, "
                                               "which is used; leave one of them out\n");
}

static void chooses_one_place_for_configs(void **state)
{
    struct fixture *f = *state;
    const struct host_settings *host;

    setenv("ETCD_SERVER", "http://a:1", 1);
    host = read_line(f, "");
    assert_string_equal(host->etcd_endpoints, "http://a:1");
    assert_string_equal(host->config_dir, "");
    settings_free(f->settings);
    host = read_line(f, "--config-dir=/d");
    assert_string_equal(host->etcd_endpoints, "");
    assert_string_equal(host->config_dir, "/d");
    assert_string_equal(text_string(&f->text), "--config-dir: warning: is used, and not the etcd of ETCD_SERVER\n");
    settings_free(f->settings);
    text_clear(&f->text);
    problems_free(&f->problems);
    wrong(state, "--config-dir=/d --etcd-endpoints=b:2",
          "--config-dir: model configs come from a directory or from etcd, which --etcd-endpoints asks for; "
          "leave one of them out\n");
}

static void checks_names_and_words(void **state)
{
    setenv("INFERD_COMPAT", "v1", 1);
    wrong(state, "--log-level=loud --name=a/b",
          "--log-level: is \"loud\"; expected DEBUG, INFO, WARN or ERROR\n"
          "INFERD_COMPAT: is \"v1\"; expected inferflow, or nothing\n"
          "--name: is \"a/b\"; expected a name without slashes\n");
}

static void says_what_has_no_effect(void **state)
{
    struct fixture *f = *state;

    setenv("APP_GC_PERCENTAGE", "1", 1);
    setenv("APP_LOG_LEVEL", "PANIC", 1);
    assert_string_equal(read_line(f, "")->log_level, "ERROR");
    assert_string_equal(text_string(&f->text),
                        "APP_GC_PERCENTAGE: warning: has no effect: there is no garbage collector\n"
                        "APP_LOG_LEVEL: warning: \"PANIC\" is taken as ERROR\n");
    assert_int_equal(f->problems.errors, 0);
}

static void strips_the_prefix(void **state)
{
    assert_string_equal(read_line(*state, "--etcd-prefix=/a/b//")->etcd_prefix, "/a/b");
}

static void fills_a_modules_settings(void **state)
{
    struct fixture *f = *state;
    const struct store_settings *s;

    write_file(f, "store-share = 12.5%\nstore-host = c\n");
    setenv("store_host", "b", 1);
    read_line(f, "--store-deadline=5s --store-plain=false");
    s = settings_fill(f->settings, "store", &store, &f->problems);
    assert_non_null(s);
    assert_string_equal(s->host, "b");
    assert_int_equal(s->deadline_ms, 5000);
    assert_false(s->plain);
    assert_true(s->share == 12.5);
    assert_string_equal(s->token, "");
    settings_unclaimed(f->settings, &f->problems);
    assert_int_equal(f->problems.count, 0);
    // A second version of the module.
    assert_non_null(settings_fill(f->settings, "store", &store, &f->problems));
}

static void refuses_a_modules_wrong_settings(void **state)
{
    struct fixture *f = *state;

    setenv("STORE_DEADLINE", "0", 1);
    read_line(f, "");
    assert_null(settings_fill(f->settings, "store", &store, &f->problems));
    problems_text(&f->problems, &f->text);
    assert_string_equal(text_string(&f->text),
                        "STORE_DEADLINE: is \"0\"; expected an integer from 1 to 60000 ms (or 200ms, 5s, 1m)\n");
}

static void requires_what_a_module_requires(void **state)
{
    static const struct inferd_setting table[] = {
        {.option = "store-key",
         .environment = "STORE_KEY",
         .type = INFERD_OPTION_STRING,
         .flags = INFERD_OPTION_REQUIRED,
         .help = "the key to the store"},
        {.option = "store-size", .type = INFERD_OPTION_INT, .fallback = "many"},
        {0},
    };
    const struct inferd_settings settings = {table, 64};
    struct fixture *f = *state;

    read_line(f, "");
    assert_null(settings_fill(f->settings, "store", &settings, &f->problems));
    problems_text(&f->problems, &f->text);
    assert_string_equal(text_string(&f->text),
                        "store-key: is missing: --store-key=VALUE or STORE_KEY; the key to the store\n"
                        "store-size: is \"many\"; expected an integer (the default itself is wrong)\n");
}

static void reports_what_nobody_took(void **state)
{
    struct fixture *f = *state;

    write_file(f, "store-hots = a\nlisten = b\n");
    setenv("INFERD_WORKRES", "1", 1);
    read_line(f, "--store-dedline=5 --port=3");
    assert_non_null(settings_fill(f->settings, "store", &store, &f->problems));
    assert_string_equal(text_string(&f->text), "");
    settings_unclaimed(f->settings, &f->problems);
    unsetenv("INFERD_WORKRES");
    problems_text(&f->problems, &f->text);
    assert_int_equal(f->problems.errors, 1);
    assert_non_null(strstr(text_string(&f->text), "--store-dedline: neither the host nor a module has a setting "
                                                  "store-dedline; did you mean store-deadline?\n"));
    assert_non_null(strstr(text_string(&f->text), ":1: warning: neither the host nor a module has a setting store-hots;"
                                                  " did you mean store-host?\n"));
    assert_non_null(strstr(text_string(&f->text), ":2: warning: neither the host nor a module has a setting listen\n"));
    assert_non_null(strstr(text_string(&f->text), "INFERD_WORKRES: warning: no setting has this name; did you mean "
                                                  "INFERD_WORKERS?\n"));
}

static void shows_what_is_in_effect(void **state)
{
    struct fixture *f = *state;
    const char *shown;

    setenv("ETCD_PASSWORD", "hunter2", 1);
    setenv("APP_ENV", "a # b", 1);
    read_line(f, "--port=1 --store-token=secret");
    assert_non_null(settings_fill(f->settings, "store", &store, &f->problems));
    settings_show(f->settings, &f->text);
    shown = text_string(&f->text);
    assert_non_null(strstr(shown, "# Service\nname = inferflow                                # default\n"));
    assert_non_null(strstr(shown, "\nport = 1                                        # --port\n"));
    assert_non_null(strstr(shown, "\nenvironment = \"a # b\"                           # APP_ENV\n"));
    assert_non_null(strstr(shown, "\n# etcd-password = ********                      # ETCD_PASSWORD\n"));
    assert_non_null(strstr(shown, "\n# Module store\nstore-deadline = 200 "));
    assert_non_null(strstr(shown, "\n# store-token = ********"));
    assert_null(strstr(shown, "hunter2"));
    assert_null(strstr(shown, "secret"));
    assert_null(strstr(shown, "worker-fd"));
    assert_null(strstr(shown, "gc-percentage"));
}

// What --show-config prints can be used as inferd.conf.
static void shows_a_file_it_can_read(void **state)
{
    struct fixture *f = *state;
    const struct host_settings *host;
    struct text shown;

    text_init(&shown);
    setenv("APP_ENV", " \"x; y ", 1);
    read_line(f, "--port=1 --cache-size=3MiB --config-watch=false --workers=3 --config-dir=/a");
    settings_show(f->settings, &shown);
    write_file(f, text_string(&shown));
    text_free(&shown);
    settings_free(f->settings);
    unsetenv("APP_ENV");
    host = read_line(f, "");
    assert_string_equal(text_string(&f->text), "");
    assert_int_equal(host->port, 1);
    assert_int_equal(host->cache_size, 3 << 20);
    assert_false(host->config_watch);
    assert_int_equal(host->workers, 3);
    assert_string_equal(host->config_dir, "/a");
    assert_string_equal(host->environment, " \"x; y ");
}

static void helps(void **state)
{
    struct fixture *f = *state;
    const char *help;

    read_line(f, "");
    assert_non_null(settings_fill(f->settings, "store", &store, &f->problems));
    settings_help(f->settings, &f->text);
    help = text_string(&f->text);
    assert_non_null(strstr(help, "\n      --port=PORT             port for gRPC and HTTP; 0: any free one, which\n"
                                 "                              the log names [APP_PORT; default 8085]\n"));
    assert_non_null(strstr(help, "\n  -t, --check                 check all model configs"));
    assert_non_null(strstr(help, "ETCD_SERVER or ETCD_ENDPOINTS]"));
    assert_non_null(strstr(
        help, "\nModule store:\n      --store-host=HOST       host of the store [STORE_FS_HOST or store_host]\n"));
    assert_null(strstr(help, "worker-fd"));
    for (const char *line = help; *line; line += strcspn(line, "\n") + 1) {
        const char *word = line + strspn(line, " ");

        // A default that is one long word, as the directory of modules may be, has a line to itself.
        assert_true(strcspn(line, "\n") < 80 || strcspn(word, "\n") == strcspn(word, " \n"));
    }
}

static void documents_every_setting(void **state)
{
    struct fixture *f = *state;

    settings_markdown(NULL, &f->text);
    for (const struct inferd_setting *s = host_settings_table; s->option; s++) {
        char cell[64];

        snprintf(cell, sizeof(cell), "| `--%s` |", s->option);
        assert_int_equal(!!strstr(text_string(&f->text), cell), !(s->flags & HOST_SETTING_HIDDEN));
    }
    assert_non_null(
        strstr(text_string(&f->text), "| `--config-dir` | `INFERD_CONFIG_DIR` | `$sysconfdir/inferd/models` |"));
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(has_defaults),
        CASE(prefers_option_then_environment_then_file),
        CASE(takes_an_empty_variable_as_unset),
        CASE(takes_the_second_spelling_and_warns_of_a_conflict),
        CASE(reads_all_forms_of_options),
        CASE(reads_short_options),
        CASE(reads_units),
        CASE(refuses_wrong_values),
        CASE(keeps_nothing_of_a_number_that_is_refused),
        CASE(refuses_shares_that_are_none),
        CASE(keeps_the_default_of_a_wrong_value),
        CASE(refuses_unknown_options),
        CASE(reads_the_file),
        CASE(refuses_wrong_lines_of_the_file),
        CASE(needs_a_file_that_was_asked_for),
        CASE(knows_two_units_of_the_cache),
        CASE(chooses_one_place_for_configs),
        CASE(checks_names_and_words),
        CASE(says_what_has_no_effect),
        CASE(strips_the_prefix),
        CASE(fills_a_modules_settings),
        CASE(refuses_a_modules_wrong_settings),
        CASE(requires_what_a_module_requires),
        CASE(reports_what_nobody_took),
        CASE(shows_what_is_in_effect),
        CASE(shows_a_file_it_can_read),
        CASE(helps),
        CASE(documents_every_setting),
    };

    return cmocka_run_group_tests_name("settings", tests, NULL, NULL);
}
