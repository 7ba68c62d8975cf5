# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# Programs beside the daemon.

include tools/inferctl/local.mk
include tools/sandbox/local.mk
