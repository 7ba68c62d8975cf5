# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# What many tests begin with. A file that needs another one of these makes its own.
import pytest

import small_models as small
from certificates import Certificates
from mirror import Mirror
from sandbox import Sandbox, fill


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory):
    with Sandbox(fill(tmp_path_factory.mktemp("data"), small.FEATURES)) as running:
        yield running


@pytest.fixture(scope="module")
def mirror():
    with Mirror() as running:
        yield running


@pytest.fixture(scope="module")
def tls(tmp_path_factory):
    return Certificates(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def stranger(tmp_path_factory):
    """Of a CA that nobody trusts."""
    return Certificates(tmp_path_factory.mktemp("stranger"))


@pytest.fixture
def configs(tmp_path):
    directory = tmp_path / "models"
    directory.mkdir()
    small.write(directory, "prices", small.prices())
    return directory


@pytest.fixture
def modules(tmp_path):
    directory = tmp_path / "modules"
    directory.mkdir()
    return directory
