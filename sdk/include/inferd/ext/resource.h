// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// inferd.resource/1: texts that stand beside the model configs in the same store, such as expressions, for what a
// config names only. A resource is <subtree>/<key>: in etcd the key /config/<subtree>/<key>, in a directory of configs
// the file <subtree>/<key>.json. Nothing is declared: the host follows a subtree from its first use on, and when a
// resource that a component has read comes, changes or goes, its model is compiled anew, as if its config had changed.
// If that fails, the model goes on with the resources it had.
#ifndef INFERD_EXT_RESOURCE_H
#define INFERD_EXT_RESOURCE_H

#include <inferd/host.h>
#include <inferd/option.h>

#ifdef __cplusplus
extern "C" {
#endif

#define INFERD_EXT_RESOURCE "inferd.resource/1"

// Both functions may be called in create and bind only, and what they return lives as long as the component. One that
// fails for want of a resource is tried again when it has come, so ask for all that are needed, best in create.
struct inferd_resource {
    uint32_t size;
    // A resource's text, terminated behind its end; data is NULL where there is none. 'where' (or NULL) becomes what
    // the store calls the place, for messages. [control]
    struct inferd_bytes (*text)(struct inferd_self *self, const char *subtree, const char *key, const char **where);
    // The same for a JSON object: the struct that an option table makes of it, or NULL after host->fail(), also where
    // there is none. 'path' is that of the component's option that names the resource. [control]
    const void *(*object)(struct inferd_self *self, const char *subtree, const char *key,
                          const struct inferd_options *options, const char *path);
};

#ifdef __cplusplus
}
#endif

#endif
