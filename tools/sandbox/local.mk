# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# inferd-sandbox: the backends on loopback, from plain files.
