// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What a key in etcd holds, by its name below the service's prefix:
//
//   config-map/<model_config_id>   one model's config
//   config-map                     all of them in one object: {"<model_config_id>": {…}}
//   service-config                 the service config
//
// In the names, but not in the id, letters' case and '-' don't matter.
#ifndef CONFIG_ETCD_KEY_H
#define CONFIG_ETCD_KEY_H

#include <inferd/bytes.h>

enum etcd_key_kind { ETCD_KEY_OTHER, ETCD_KEY_MODEL, ETCD_KEY_MAP, ETCD_KEY_SERVICE };

// 'key' begins with the prefix and a slash. For a model: its id, a view into the key.
enum etcd_key_kind etcd_key_read(struct inferd_bytes key, size_t prefix_len, struct inferd_bytes *id);
// The same in a subtree of resources, where every key is one's: ETCD_KEY_MODEL, with its name below the prefix as id.
enum etcd_key_kind etcd_key_read_resource(struct inferd_bytes key, size_t prefix_len, struct inferd_bytes *id);

#endif
