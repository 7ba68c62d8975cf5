// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Kinds for tests of plans, in place of loaded modules, and a host for them: "start" shapes the matrix; "copy" reads
// the columns in "reads" and writes those in "writes"; with "text" it reads that resource of the subtree "app/texts",
// with "object" it takes the number "factor" from one of "app/objects", which fake_factor holds then.
#ifndef FAKE_KINDS_H
#define FAKE_KINDS_H

#include <inferd/module.h>
#include "module/registry.h"

extern const struct module_kind fake_start, fake_copy; // of the module "fake 1.2.0"
extern const struct module_kind fake_older_copy;       // of "fake 1.1.0"
extern unsigned fake_made, fake_bound, fake_destroyed; // calls of create, "copy"'s bind, and destroy
extern int64_t fake_factor;
extern const struct inferd_host fake_host; // while plans are compiled

#endif
