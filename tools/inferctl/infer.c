// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// inferctl infer: one request to a running daemon, JSON in, a table out.
#include "infer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <inferd/status.h>

#include "address.h"
#include "base/text.h"
#include "bearer.h"
#include "command.h"
#include "grpc_unary.h"

#define EXPLAIN_HEADER "inferd-explain: 65536"
#define EXPLAIN_ANSWER "inferd-explain-bin"

enum { HEADERS = 30, NO_STATUS = -1, DEADLINE_EXCEEDED = 4, UNAVAILABLE = 14 };

struct infer_options {
    const char *file, *model, *token_file;
    bool explain, json;
    struct grpc_unary call;
    const char *headers[HEADERS + 3]; // with the token, and what asks for the record; NULL-terminated
    size_t header_count;
};

static json_t *read_request(const char *file)
{
    json_error_t error;
    json_t *json = strcmp(file, "-") == 0 ? json_loadf(stdin, JSON_REJECT_DUPLICATES, &error)
                                          : json_load_file(file, JSON_REJECT_DUPLICATES, &error);

    if (strcmp(file, "-") == 0)
        file = "standard input";
    if (!json && error.line > 0)
        fprintf(stderr, "inferctl infer: %s: line %d, column %d: %s\n", file, error.line, error.column, error.text);
    else if (!json)
        fprintf(stderr, "inferctl infer: %s: %s\n", file, error.text);
    return json;
}

static void tell(const struct infer_options *options, const struct predict_reply *reply, const json_t *record,
                 const struct grpc_answer *answer, struct arena *arena)
{
    struct text told;

    if (!options->json) {
        if (answer->status == 0)
            infer_reply_print(reply, arena);
        if (record)
            infer_explain_print(record);
        return;
    }
    text_init(&told);
    text_add(&told, "{");
    if (answer->status == 0) {
        predict_reply_write(&told, reply, arena);
        text_add(&told, ",\n");
    }
    text_printf(&told, "\"status\": \"%s\"", inferd_status_name(answer->status));
    if (answer->status != 0) {
        text_add(&told, ", \"message\": ");
        text_json(&told, answer->message ? answer->message : "", answer->message ? strlen(answer->message) : 0);
    }
    if (record)
        text_printf(&told, ",\n\"explain\": %s", answer->wanted);
    text_add(&told, "}");
    puts(text_string(&told));
    text_free(&told);
}

static int say(const struct infer_options *options, const struct grpc_answer *answer)
{
    fprintf(stderr, "inferctl infer: %s%s%s: %s\n", options->call.address, answer->status >= 0 ? ": " : "",
            answer->status >= 0 ? inferd_status_name(answer->status) : "",
            answer->message ? answer->message : "no memory");
    return answer->status == NO_STATUS || answer->status == UNAVAILABLE || answer->status == DEADLINE_EXCEEDED
               ? EXIT_TROUBLE
               : EXIT_FOUND;
}

static int ask(struct infer_options *options, const struct predict_json *request, struct arena *arena)
{
    static const char *const methods[] = {"/Predict/InferPointWise", "/Predict/InferPairWise",
                                          "/Predict/InferSlateWise"};
    struct predict_reply reply = {.error = ""};
    struct grpc_answer answer;
    json_t *record;
    int status = EXIT_FINE;

    options->call.method = methods[request->form];
    options->call.headers = options->headers;
    options->call.want = EXPLAIN_ANSWER;
    grpc_unary_call(&options->call, request->bytes, request->len, &answer);
    record = answer.wanted ? json_loads(answer.wanted, 0, NULL) : NULL;
    if (answer.status != 0)
        status = say(options, &answer);
    else if (!predict_reply_read(request->form, answer.reply, answer.len, arena, &reply)) {
        fprintf(stderr, "inferctl infer: what %s answers is no reply of Predict's\n", options->call.address);
        status = EXIT_TROUBLE;
    } else if (*reply.error) {
        status = EXIT_FOUND;
    }
    if (options->explain && !record)
        fputs("inferctl infer: the daemon sends no record of what became of the nodes\n", stderr);
    if (status != EXIT_TROUBLE || record)
        tell(options, &reply, record, &answer, arena);
    json_decref(record);
    grpc_answer_free(&answer);
    return status;
}

static int infer(struct infer_options *options)
{
    json_t *json = read_request(options->file);
    struct predict_json request;
    struct arena arena;
    char error[512];
    int status = EXIT_USAGE;

    if (!json)
        return EXIT_TROUBLE;
    arena_init(&arena, 65536, 0);
    if (options->explain)
        options->headers[options->header_count++] = EXPLAIN_HEADER;
    if (predict_json_read(json, options->model, &arena, &request, error, sizeof(error)))
        status = ask(options, &request, &arena);
    else
        fprintf(stderr, "inferctl infer: %s: %s\n", options->file, error);
    arena_free(&arena);
    json_decref(json);
    return status;
}

static bool is_authorization(const char *header)
{
    return strncasecmp(header, "authorization", 13) == 0 && header[13 + strspn(header + 13, " ")] == ':';
}

// A token that is a header of the command line goes before that of the environment.
static int infer_with_token(struct infer_options *options)
{
    char *token = NULL;
    struct text header;
    bool shown = false;
    int status = EXIT_TROUBLE;

    for (size_t i = 0; i < options->header_count && !options->token_file; i++)
        shown |= is_authorization(options->headers[i]);
    if (!shown && !bearer_read(options->token_file, "infer", &token))
        return EXIT_TROUBLE;
    text_init(&header);
    if (token) {
        text_printf(&header, "authorization: Bearer %s", token);
        options->headers[options->header_count++] = text_string(&header);
    }
    if (header.failed)
        fputs("inferctl infer: no memory\n", stderr);
    else
        status = infer(options);
    text_free(&header);
    bearer_free(token);
    return status;
}

static bool take(struct infer_options *asked, int option)
{
    switch (option) {
    case 'a':
        asked->call.address = optarg;
        return true;
    case 'e':
        asked->explain = true;
        return true;
    case 'H':
        if (asked->header_count == HEADERS)
            return false;
        asked->headers[asked->header_count++] = optarg;
        return true;
    case 'j':
        asked->json = true;
        return true;
    case 'm':
        asked->model = optarg;
        return true;
    case 't':
        return command_number(optarg, &asked->call.timeout_ms) && asked->call.timeout_ms > 0;
    case 'T':
        asked->call.tls = 1;
        return true;
    case 'f':
        asked->token_file = optarg;
        return true;
    case 1:
        asked->call.ca_file = optarg;
        return true;
    case 2:
        asked->call.cert_file = optarg;
        return true;
    default:
        asked->call.key_file = optarg;
        return true;
    }
}

static int run(const struct command *command, int argc, char **argv)
{
    static const struct option options[] = {
        {"address", required_argument, NULL, 'a'},
        {"explain", no_argument, NULL, 'e'},
        {"header", required_argument, NULL, 'H'},
        {"json", no_argument, NULL, 'j'},
        {"model", required_argument, NULL, 'm'},
        {"timeout", required_argument, NULL, 't'},
        {"tls", no_argument, NULL, 'T'},
        BEARER_OPTION,
        {"ca-file", required_argument, NULL, 1},
        {"cert-file", required_argument, NULL, 2},
        {"key-file", required_argument, NULL, 3},
        HELP_OPTION,
        {NULL, 0, NULL, 0},
    };
    struct infer_options asked = {.file = "-", .call = {.timeout_ms = 10000}};
    bool understood = true;
    char room[64];
    int option, status;

    asked.call.address = address_default(room, sizeof(room));
    while ((option = command_option(command, argc, argv, "a:eH:jm:t:h", options, &status)) >= 0)
        understood = take(&asked, option) && understood;
    if (option == -2)
        return status;
    if (!understood)
        return command_usage(command, "--timeout takes milliseconds, and there are at most %d headers", HEADERS);
    if (!asked.call.cert_file != !asked.call.key_file)
        return command_usage(command, "--cert-file and --key-file go together");
    if (argc - optind > 1)
        return command_usage(command, "too many arguments");
    if (optind < argc)
        asked.file = argv[optind];
    return infer_with_token(&asked);
}

const struct command infer_command = {
    .name = "infer",
    .arguments = "[OPTION]... [FILE]",
    .summary = "Send a request to a running inferd, and show its reply as a table",
    .help =
        "FILE, or standard input, has the request as JSON:\n"
        "  {\"model\": \"ranker\", \"context\": {\"user_id\": \"u07\"}, \"targets\": [\"p001\", {\"id\": \"p002\", "
        "\"price\": 2.5}]}\n"
        "Further members are tracking_id, tenant_id, \"pairs\": [{\"targets\": [0, 1]}] or \"slates\", and \"types\", "
        "which\n"
        "names types of values ({\"price\": \"FP32\"}) where they are not to be String, Int64, FP64 or Bool, as they\n"
        "stand there. Exits with 1 if the request is refused or fails, with 3 if no inferd answers in time.\n"
        "\n"
        "Options:\n"
        "  -a, --address=HOST:PORT  where it is; by default 127.0.0.1, and the port in APP_PORT, or 8085\n"
        "  -e, --explain            show what became of each node: its time, calls, rows, policies\n"
        "  -H, --header=NAME:VALUE  send this metadata, such as a user-id\n"
        "  -j, --json               print JSON: {targets, slates, error, status, message, explain}\n"
        "  -m, --model=MODEL        ask this model, whatever the request says\n"
        "  -t, --timeout=MS         wait so many milliseconds; 10000 by default\n"
        "      --token-file=FILE    show it the token in FILE's first line, or else that in INFERCTL_TOKEN\n"
        "      --tls                by TLS, verified with the system's CAs\n"
        "      --ca-file=FILE       by TLS, verified with the CAs in FILE\n"
        "      --cert-file=FILE     show this certificate, with its key in\n"
        "      --key-file=FILE      this file\n"
        "  -h, --help               show this help and exit\n",
    .run = run,
};
