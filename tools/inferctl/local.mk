# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# inferctl: check and explain model configs, list kinds and modules. A command is a file and a line in main.c.

bin_PROGRAMS += tools/inferctl/inferctl
tools_inferctl_inferctl_SOURCES = \
    tools/inferctl/address.h \
    tools/inferctl/admin.c \
    tools/inferctl/admin.h \
    tools/inferctl/bearer.c \
    tools/inferctl/bearer.h \
    tools/inferctl/check.c \
    tools/inferctl/check.h \
    tools/inferctl/check_configs.c \
    tools/inferctl/check_modules.c \
    tools/inferctl/command.h \
    tools/inferctl/compile.c \
    tools/inferctl/compile.h \
    tools/inferctl/compile_here.c \
    tools/inferctl/compile_parcel.c \
    tools/inferctl/compile_parcel.h \
    tools/inferctl/diff.c \
    tools/inferctl/diff.h \
    tools/inferctl/diff_facts.c \
    tools/inferctl/diff_models.c \
    tools/inferctl/elsewhere.c \
    tools/inferctl/elsewhere.h \
    tools/inferctl/explain.c \
    tools/inferctl/explain.h \
    tools/inferctl/explain_endpoints.c \
    tools/inferctl/explain_plan.c \
    tools/inferctl/explain_policy.c \
    tools/inferctl/explain_print.c \
    tools/inferctl/given.c \
    tools/inferctl/given.h \
    tools/inferctl/grpc_unary.c \
    tools/inferctl/grpc_unary.h \
    tools/inferctl/guard.c \
    tools/inferctl/guard.h \
    tools/inferctl/history.c \
    tools/inferctl/history.h \
    tools/inferctl/http_ask.c \
    tools/inferctl/http_ask.h \
    tools/inferctl/infer.c \
    tools/inferctl/infer.h \
    tools/inferctl/infer_print.c \
    tools/inferctl/kind.c \
    tools/inferctl/kind_json.c \
    tools/inferctl/kind_print.c \
    tools/inferctl/kind_text.h \
    tools/inferctl/kind_types.c \
    tools/inferctl/main.c \
    tools/inferctl/modules.c \
    tools/inferctl/modules.h \
    tools/inferctl/modules_server.c \
    tools/inferctl/new_plugin.c \
    tools/inferctl/path.h \
    tools/inferctl/progress.c \
    tools/inferctl/progress.h \
    tools/inferctl/push.c \
    tools/inferctl/quarantine.c \
    tools/inferctl/quarantine_print.c \
    tools/inferctl/quarantine_print.h \
    tools/inferctl/rollback.c \
    tools/inferctl/rows.c \
    tools/inferctl/rows.h \
    tools/inferctl/rows_elsewhere.c \
    tools/inferctl/rows_print.c \
    tools/inferctl/schema.c \
    tools/inferctl/schema.h \
    tools/inferctl/schema_table.c \
    tools/inferctl/status.c \
    tools/inferctl/status_faults.c \
    tools/inferctl/status_faults.h \
    tools/inferctl/status_print.c \
    tools/inferctl/status_print.h \
    tools/inferctl/store.c \
    tools/inferctl/store.h \
    tools/inferctl/token.c \
    tools/inferctl/texts.c \
    tools/inferctl/texts.h \
    tools/inferctl/texts_file.c \
    tools/inferctl/texts_inner.h \
    tools/inferctl/texts_store.c
tools_inferctl_inferctl_CPPFLAGS = $(COMMON_CPPFLAGS) $(HOST_CPPFLAGS) $(SDK_CPPFLAGS) $(PROTO_CPPFLAGS) $(GRPC_CFLAGS) $(JANSSON_CFLAGS) \
    $(CURL_CFLAGS) \
    -DINFERD_PKGLIBDIR='"$(pkglibdir)"' -DINFERD_TEMPLATE_DIR='"$(templatedir)"'
tools_inferctl_inferctl_LDADD = $(HOST_ALL) $(HOST_LIBS) $(CURL_LIBS)
# As the daemon: a program that exported its symbols would override those of modules.
tools_inferctl_inferctl_LDFLAGS = $(AM_LDFLAGS) -Wl,--version-script=$(srcdir)/host/inferd.map
EXTRA_tools_inferctl_inferctl_DEPENDENCIES = $(srcdir)/host/inferd.map

# bash finds it by the program's name.
bashcompletiondir = $(datadir)/bash-completion/completions
dist_bashcompletion_DATA = tools/inferctl/completion/inferctl
