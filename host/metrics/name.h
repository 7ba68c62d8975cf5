// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Names and tags of metrics: what StatsD and Prometheus can carry, and a metric's name in Prometheus.
#ifndef METRICS_NAME_H
#define METRICS_NAME_H

#include "base/text.h"

enum metrics_kind { METRICS_COUNTER = 1, METRICS_GAUGE = 2, METRICS_TIMING = 3 };

// Appends a StatsD name: letters, digits, '.', '_' and '-'; others become '_'.
void metrics_name_statsd(struct text *out, const char *name);
// Appends the name in Prometheus: that of the host's table, or else the StatsD name with '.' and '-' turned into '_'
// and the ending that its kind asks for ("_total", "_seconds").
void metrics_name_prometheus(struct text *out, enum metrics_kind kind, const char *name);
// Appends "key:value,key:value" with every key and value made fit; a piece without ':' is the value of the key "tag".
void metrics_name_tags(struct text *out, const char *tags);
// Appends the tags as labels: key_one="value",key_two="value".
void metrics_name_labels(struct text *out, const char *tags);

#endif
