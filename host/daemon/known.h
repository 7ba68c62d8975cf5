// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What the publisher knows of each model: the text that its source has last, and the one that was good last, each with
// the resources that go with it. Knows nothing of threads, of sources and of how a text is checked.
#ifndef DAEMON_KNOWN_H
#define DAEMON_KNOWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/map.h"
#include "base/text.h"
#include "config/source.h"
#include "daemon/bundle.h"

struct resources;

struct known_models {
    struct map by_id; // struct known_model
    size_t wanted;    // models that the source has
    size_t served;
    size_t refused; // whose latest text is
    size_t kept;    // that are served although the source has come back without any
};

void known_init(struct known_models *models);
void known_free(struct known_models *models);
// Takes what a source tells. Models that a whole tree doesn't name are gone, but a tree without any model is not
// believed while there are some, unless 'believe': then nothing changes, and it returns false.
bool known_take(struct known_models *models, const struct source_revision *revision, bool believe);
// A text that was good when it was stored: to be published as if a source had told it, and to stand in for a text that
// a source tells and that is refused.
void known_store(struct known_models *models, const char *id, struct inferd_bytes text,
                 const struct resource_list *resources);
// What was refused is to be tried again, and what was accepted too where nothing is checked here.
void known_retry(struct known_models *models, bool all);
// What has read other resources than are there now is to be tried again; with a subtree, of which the store has told
// something: what waits for some of it too. Whether there is such a model.
bool known_look(struct known_models *models, const char *subtree, struct resources *resources);
// Where nothing is checked here: what a model has read.
void known_note(struct known_models *models, const char *id, const struct resource_list *read);

// Fills the bundle with copies of what has changed since it was last called.
void known_collect(struct known_models *models, struct bundle *bundle, struct arena *arena);
// Of a checked bundle: a bundle of the stored texts that could stand in for refused ones, which is to be checked too.
void known_stand_ins(struct known_models *models, const struct bundle *checked, struct bundle *stand_ins,
                     struct arena *arena);
// Keeps the outcome of both, and makes of the first what is to be published: refused texts aren't.
void known_keep(struct known_models *models, struct bundle *checked, const struct bundle *stand_ins);
// What is served of a model (NULL: of all) is to be told again, as it is: whoever compiles it comes to another outcome.
void known_recall(struct known_models *models, const char *id);
// Fills the bundle with that, as views.
void known_recalled(struct known_models *models, struct bundle *bundle, struct arena *arena);
// Whether an entry that was accepted is another config than what was served, or none.
// Whether a text of that model is served; all models that are refused, and not served by an earlier text either, a line
// each.
bool known_serves(const struct known_models *models, const char *id);
void known_unserved(const struct known_models *models, struct text *lines);
bool known_is_new(const struct known_models *models, const struct bundle_entry *entry);
// Fills the bundle with all models, as views.
void known_show(const struct known_models *models, struct bundle *bundle, struct arena *arena);

#endif
