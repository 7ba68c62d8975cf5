// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What went wrong in a daemon that is not its configs' fault, by /config.
#ifndef INFERCTL_STATUS_FAULTS_H
#define INFERCTL_STATUS_FAULTS_H

#include <jansson.h>
#include <stdbool.h>

// Something is quarantined, the last upgrade failed, or a worker that died is not replaced yet.
bool status_has_faults(const json_t *config);
void status_print_upgrade(const json_t *upgrade);
void status_print_quarantined(const json_t *quarantined);
void status_print_deaths(const json_t *deaths);

#endif
