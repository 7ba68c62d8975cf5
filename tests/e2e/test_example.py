# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# The ranking of examples/ranking: what a newcomer sees first must be right, down to the last digit.
import csv
import http.client
import json
import os
import re
import shutil
import struct
import subprocess

import pytest

import protos
from daemon import Daemon
from sandbox import Sandbox

kserve = protos.load("kserve")
EXAMPLE = os.path.join(os.environ["srcdir"], "examples", "ranking")
ROW = re.compile(r"^ *(\d+)  (\S.{20})  (\S.{10})  +([\d.]+)  +([\d.]+)  +([\d.]+)$")


def table(name, *key):
    with open(os.path.join(EXAMPLE, "features", name + ".csv"), encoding="utf-8") as file:
        return {tuple(row[part] for part in key): row for row in csv.DictReader(file)}


def rank(daemon, *options):
    """What rank.py shows: (name, category, model score, boost, final score) of each row, as text."""
    done = subprocess.run(
        [os.environ.get("PYTHON", "/usr/bin/python3"), os.path.join(EXAMPLE, "rank.py"), daemon.address, *options],
        stdout=subprocess.PIPE, text=True, timeout=60, check=True,
    )
    rows = [ROW.match(line).groups() for line in done.stdout.splitlines()[3:]]
    assert [int(row[0]) for row in rows] == list(range(1, 13))
    return [tuple(cell.strip() for cell in row[1:]) for row in rows]


def number(cell):
    return struct.unpack("<f", struct.pack("<f", float(cell)))[0]


def predict(sandbox, user, products):
    """The model's scores, from the tables read here and the config's list of inputs."""
    with open(os.path.join(EXAMPLE, "config", "product_ranking.json"), encoding="utf-8") as file:
        inputs = json.load(file)["component_config"]["predator_components"][0]["inputs"][0]["features"]
    people, goods = table("user", "user_id"), table("product", "product_id")
    tastes = table("user_category", "user_id", "category")
    values = []
    for product in products:
        row = {"user": people[(user,)], "product": goods[(product,)]}
        row["user_category"] = tastes.get((user, row["product"]["catalog:category@String"]), {})
        for column in inputs:
            entity, feature = column.split(":", 1)
            values.append(next((float(cell) for title, cell in row[entity].items() if title.startswith(feature)), 0.0))
    reply = sandbox.call("kserve", kserve.ModelInferRequest(
        model_name="purchase",
        inputs=[kserve.ModelInferRequest.InferInputTensor(
            name="input__0", datatype="FP32", shape=[len(products), len(inputs)])],
        raw_input_contents=[struct.pack(f"<{len(values)}f", *values)],
    ))
    return dict(zip(products, struct.unpack(f"<{len(products)}f", reply.raw_output_contents[0])))


@pytest.fixture(scope="module", name="sandbox")
def start_sandbox():
    with Sandbox(EXAMPLE) as sandbox:
        yield sandbox


@pytest.fixture(name="config")
def copy_config(tmp_path):
    return shutil.copytree(os.path.join(EXAMPLE, "config"), tmp_path / "config")


@pytest.mark.parametrize("user", ["u07", "u12", "u60"])
def test_the_ranking_is_right(sandbox, config, user):
    with open(os.path.join(EXAMPLE, "request.json"), encoding="utf-8") as file:
        targets = json.load(file)["targets"]
    goods, scores = table("product", "product_id"), predict(sandbox, user, targets)
    want = []
    for product in targets:
        row = goods[(product,)]
        final = number(scores[product] * float(row["promo:boost@FP32"]))
        want.append((final, (row["catalog:name@String"], row["catalog:category@String"], f"{scores[product]:.6f}",
                             f"{float(row['promo:boost@FP32']):.2f}", f"{final:.6f}")))
    with Daemon(config, sandbox) as daemon:
        assert rank(daemon, "--user", user) == [row for _, row in sorted(want, key=lambda pair: -pair[0])]


def test_the_boost_changes_the_order(sandbox, config):
    with Daemon(config, sandbox) as daemon:
        rows = rank(daemon)
    assert [row[0] for row in rows] != [row[0] for row in sorted(rows, key=lambda row: -float(row[2]))]


def test_the_config_changes_live(sandbox, config):
    with Daemon(config, sandbox) as daemon:
        before = rank(daemon)
        path = config / "product_ranking.json"
        changed = path.read_text(encoding="utf-8").replace("score_times_boost", "score_alone")
        path.write_text(changed, encoding="utf-8")
        while (after := rank(daemon)) == before:
            pass
    assert all(row[4] == row[2] for row in after)
    assert [row[2] for row in sorted(before)] == [row[2] for row in sorted(after)]


def test_the_expression_can_be_computed_in_process(sandbox, config):
    with Daemon(config, sandbox) as daemon:
        remote = rank(daemon)
    path = config / "product_ranking.json"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('"compute_id"', '"compute": "local", "compute_id"'), encoding="utf-8")
    # Its features and scores from the one sandbox, and no Numerix anywhere.
    with Daemon(config, sandbox, ["--numerix-host=127.0.0.1", "--numerix-port=1"]) as daemon:
        assert rank(daemon) == remote


def test_an_unknown_user_gets_a_ranking_too(sandbox, config):
    with Daemon(config, sandbox) as daemon:
        assert len(rank(daemon, "--user", "nobody")) == 12


def test_rank_says_what_went_wrong(sandbox, tmp_path):
    with Daemon(tmp_path, sandbox) as daemon:
        done = subprocess.run([os.path.join(EXAMPLE, "rank.py"), daemon.address], capture_output=True, text=True,
                              timeout=60, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("rank.py: NOT_FOUND: ")


def test_what_the_readme_asks_over_http(sandbox, config):
    """Its curl line as it stands there, and the first of its rows."""
    with open(os.path.join(os.environ["srcdir"], "README.md"), encoding="utf-8") as file:
        path, body, shown = re.search(r"curl http://127.0.0.1:8085(/v1/\S+) .\n +-d '(.*)'\n# .*\n#   (.*),\n", file.read()).groups()
    with Daemon(config, sandbox) as daemon:
        connection = http.client.HTTPConnection(daemon.address, timeout=60)
        connection.request("POST", path, body)
        rows = json.loads(connection.getresponse().read())["targets"]
        assert [row["product_id"] for row in rows] == json.loads(body)["targets"]
        assert rows[0] == json.loads(shown)
