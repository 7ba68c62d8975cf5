#!/bin/sh
# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# Stands in for the unit tests where configure found no cmocka.
echo "1..0 # SKIP no cmocka: install libcmocka-dev and configure again"
