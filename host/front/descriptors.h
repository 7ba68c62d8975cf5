// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The FileDescriptorSet of the services the front offers; its source is made by the build from proto/*.proto.
#ifndef FRONT_DESCRIPTORS_H
#define FRONT_DESCRIPTORS_H

#include <stddef.h>
#include <stdint.h>

extern const uint8_t front_descriptors[];
extern const size_t front_descriptors_size;

#endif
