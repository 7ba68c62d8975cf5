# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0

UNIT_TESTS += \
    tests/unit/config/test_dir \
    tests/unit/config/test_etcd_endpoint \
    tests/unit/config/test_etcd_key \
    tests/unit/config/test_etcd_tree \
    tests/unit/config/test_option_shapes \
    tests/unit/config/test_options \
    tests/unit/config/test_service_config \
    tests/unit/config/test_settings \
    tests/unit/config/test_settings_doc \
    tests/unit/config/test_type_name
