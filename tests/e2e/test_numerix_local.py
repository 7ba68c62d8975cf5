# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# Expressions computed in process, through the daemon: found in a real etcd and in a directory, live when they change,
# refused when they are wrong; and the same scores as from a Numerix server, bit for bit.
import json
import math
import os
import random
import signal
import struct
import subprocess
import time

import grpc
import pytest

import protos
import small_models as small
from daemon import Daemon, until
from etcd import Etcd
from sandbox import Sandbox, fill

PREFIX = "/config/inferflow/services/shop/model-config"


def numerix(name, mapping, **options):
    return {"component": name, "component_id": "product_id", "score_col": name, "data_type": "DataTypeFP32",
            "score_mapping": mapping, **options}


def model(*components, **switches):
    graph = {c["component"]: ["feature_initializer"] for c in components}
    return {**small.config(graph, ["product_id"] + [c["score_col"] for c in components], (), (), list(components)), **switches}


def price_model(**options):
    return json.dumps(model(numerix("final", {"a@FP32": "a", "b@FP32": "b"}, **{"compute": "local", **options})))


def request(name, columns):
    """Targets with FP32 columns, given as {name: [numbers]}; None is missing."""
    predict = protos.load("predict")
    message = predict.PointWiseRequest(model_config_id=name, tracking_id="t1")
    for column in columns:
        message.target_input_schema.add(name=column, data_type=predict.DataTypeFP32)
    for row in range(len(next(iter(columns.values())))):
        values = [columns[c][row] for c in columns]
        message.targets.add(id=f"p{row}", feature_values=[b"" if v is None else struct.pack("<f", v) for v in values])
    return message


def scores(daemon, name, a, b):
    return small.table(daemon.predict(request(name, {"a": a, "b": b})))["final"]


def wait_until(true):
    end = time.monotonic() + 60
    while not true():
        assert time.monotonic() < end


def gives(daemon, name, value):
    def true():
        try:
            return scores(daemon, name, [6.0], [3.0]) == [value]
        except grpc.RpcError:
            return False

    return true


class InEtcd:
    """Configs and expressions in a real etcd."""

    def __init__(self, path):
        self.etcd = Etcd(path)

    def __enter__(self):
        self.etcd.start()
        return self

    def __exit__(self, *problem):
        self.etcd.kill()

    def daemon(self, **options):
        env = {"APP_NAME": "shop", "ETCD_SERVER": self.etcd.url, "ETCD_WATCHER_ENABLED": "true"}
        return Daemon(env=env, **options)

    def put_model(self, name, text):
        self.etcd.put(f"{PREFIX}/config-map/{name}", text)

    def place(self, name, app="numerix"):
        return f"/config/{app}/expression-config/{name}"

    def put(self, name, text, app="numerix"):
        self.etcd.put(self.place(name, app), text)

    def remove(self, name):
        self.etcd.delete(self.place(name))


class InDirectory:
    """Configs and expressions in a directory."""

    def __init__(self, path):
        self.path = path / "configs"
        self.path.mkdir()

    def __enter__(self):
        return self

    def __exit__(self, *problem):
        pass

    def daemon(self, **options):
        return Daemon(self.path, **options)

    def put_model(self, name, text):
        small.write(self.path, name, text)

    def place(self, name, app="numerix"):
        return f"{self.path}/{app}/expression-config/{name}.json"

    def put(self, name, text, app="numerix"):
        directory = self.path / app / "expression-config"
        directory.mkdir(parents=True, exist_ok=True)
        small.write(directory, name, text)

    def remove(self, name):
        (self.path / "numerix" / "expression-config" / (name + ".json")).unlink()


@pytest.fixture(params=[InEtcd, InDirectory])
def store(request, tmp_path):
    with request.param(tmp_path) as store:
        yield store


def expression(text):
    return json.dumps({"expression": text})


@pytest.mark.parametrize("workers", ["2", "0"])
def test_expressions_are_followed(store, workers):
    store.put("7", expression("a b *"))
    store.put("8", expression("a b -"))
    store.put_model("seven", price_model(compute_id="7"))
    store.put_model("eight", price_model(compute_id="8"))
    with store.daemon(workers=workers) as daemon:
        wait_until(gives(daemon, "seven", 18.0))
        wait_until(gives(daemon, "eight", 3.0))
        # Changed: the model that uses it, and no other.
        number = until(lambda: generation_of(daemon, "eight"))
        store.put("7", expression("a b +"))
        wait_until(gives(daemon, "seven", 9.0))
        assert generation_of(daemon, "eight") == number
        # Broken: refused, with where and what; the last good one serves.
        store.put("7", expression("a b"))
        refused = daemon.wait_log("config_refused", model="seven")["message"]
        assert 'numerix_components[0].compute_id the expression "a b" is wrong' in refused
        assert "an operator is missing" in refused
        assert scores(daemon, "seven", [6.0], [3.0]) == [9.0]
        store.put("7", '{"expression": ')
        assert store.place("7") + " is not JSON" in daemon.wait_log("config_refused", model="seven")["message"]
        assert scores(daemon, "seven", [6.0], [3.0]) == [9.0]
        # Removed: likewise.
        store.remove("7")
        refused = daemon.wait_log("config_refused", model="seven")["message"]
        assert f'asks for "7", but there is no {store.place("7")}: put it there' in refused
        assert scores(daemon, "seven", [6.0], [3.0]) == [9.0]
        # And mended.
        store.put("7", expression("a b /"))
        wait_until(gives(daemon, "seven", 2.0))
        assert gives(daemon, "eight", 3.0)()


def generation_of(daemon, name):
    """By any worker; not all of them take a generation at the same time."""
    return json.loads(daemon.get("/config")[1])["models"].get(name, {}).get("generation")


def test_a_model_waits_for_its_expression(store):
    store.put_model("seven", price_model(compute_id="7"))
    with store.daemon() as daemon:
        assert 'asks for "7"' in daemon.wait_log("config_refused", model="seven")["message"]
        store.put("7", expression("a b *"), app="other")
        store.put("7", expression("a b -"))
        wait_until(gives(daemon, "seven", 3.0))


def test_the_settings_say_where(store):
    store.put("7", expression("a b +"), app="other")
    store.put_model("seven", json.dumps(model(numerix("final", {"a": "a", "b": "b"}, compute_id="7"))))
    with store.daemon(options=["--numerix-compute=local", "--numerix-app-name=other"]) as daemon:
        wait_until(gives(daemon, "seven", 9.0))


def test_a_new_worker_has_the_last_good_one(store):
    store.put("7", expression("a b *"))
    store.put_model("seven", price_model(compute_id="7"))
    with store.daemon(workers="1") as daemon:
        wait_until(gives(daemon, "seven", 18.0))
        store.put("7", expression("a nothing *"))
        daemon.wait_log("config_refused", model="seven")
        kill_workers(daemon)
        daemon.wait_log("worker_died")
        wait_until(gives(daemon, "seven", 18.0))


def test_the_last_good_one_is_on_disk(tmp_path):
    with InEtcd(tmp_path) as store:
        store.put("7", expression("a b *"))
        store.put_model("seven", price_model(compute_id="7"))
        state = tmp_path / "state"
        with store.daemon(state=state) as daemon:
            wait_until(gives(daemon, "seven", 18.0))
            daemon.wait_log("generation")
            wait_until(lambda: any(state.glob("*.generation")))
        store.etcd.kill()
        with store.daemon(state=state) as daemon:
            daemon.wait_log("config_from_disk")
            wait_until(gives(daemon, "seven", 18.0))
            store.etcd.start()
            store.put("7", expression("a b -"))
            wait_until(gives(daemon, "seven", 3.0))


def test_an_outage_changes_nothing_but_delays(tmp_path):
    with InEtcd(tmp_path) as store:
        store.put("7", expression("a b *"))
        store.put_model("seven", price_model(compute_id="7"))
        with store.daemon() as daemon:
            wait_until(gives(daemon, "seven", 18.0))
            store.etcd.kill()
            daemon.wait_log("config_etcd_away", prefix="/config/numerix/expression-config")
            assert gives(daemon, "seven", 18.0)()
            store.etcd.start()
            store.put("7", expression("a b +"))
            store.etcd.compact()
            wait_until(gives(daemon, "seven", 9.0))


def kill_workers(daemon):
    for line in os.popen(f"pgrep -P {daemon.process.pid}").read().split():
        os.kill(int(line), signal.SIGKILL)


def test_check_reads_expressions(tmp_path):
    with InDirectory(tmp_path) as store:
        store.put("7", expression("a b *"))
        store.put_model("good", price_model(compute_id="7"))
        store.put_model("bad", price_model(compute_id="8"))
        daemon = store.daemon()
        done = subprocess.run(daemon.command + ["--check"], env=daemon.env, capture_output=True, text=True)
        assert done.returncode == 1, done.stderr
        assert "good.json: ok" in done.stdout
        assert f'asks for "8", but there is no {store.place("8")}: put it there' in done.stdout


# ---- the same scores as from a server

OPERATORS = ["+", "-", "*", "/", "^", ">", "<", ">=", "<=", "==", "min", "max", "&", "|"]
FUNCTIONS = ["exp", "log", "abs"]
ACROSS = ["norm_min_max", "percentile_rank", "norm_percentile_0_99", "norm_percentile_5_95"]
EDGES = [0.0, -0.0, 1.0, -1.0, 0.5, 2.0, 100.0, 1e-30, 1e30, 1e-45, 3.4e38, math.inf, -math.inf, math.nan]


def random_expression(rng, depth=0):
    if depth > 3 or rng.random() < 0.25:
        return [rng.choice(["a", "b", "c", str(rng.randint(-3, 9)), f"{rng.random():.3f}"])]
    pick = rng.random()
    if pick < 0.62:
        return random_expression(rng, depth + 1) + random_expression(rng, depth + 1) + [rng.choice(OPERATORS)]
    return random_expression(rng, depth + 1) + [rng.choice(FUNCTIONS if pick < 0.85 else ACROSS)]


def random_number(rng, tame):
    pick = rng.random()
    if pick < 0.05:
        return None
    if not tame and pick < 0.3:
        return rng.choice(EDGES)
    return struct.unpack("<f", struct.pack("<f", rng.uniform(0.01, 50) if tame else rng.gauss(0, 10)))[0]


def values_of(reply):
    """{column: [bytes]}"""
    return {c.name: [t.output_values[i] for t in reply.target_scores] for i, c in enumerate(reply.target_output_schema)}


@pytest.mark.parametrize("compat", ["inferflow", "none"])
def test_equals_a_server_bit_for_bit(tmp_path, compat):
    rng = random.Random(7)
    texts = [" ".join(random_expression(rng)) for _ in range(120)]
    files = {f"expressions/{i}.json": expression(text) for i, text in enumerate(texts)}
    mapping = {"a@FP32": "a", "b@FP32": "b", "c@FP32": "c"}
    types = ["DataTypeFP32", "DataTypeFP32", "DataTypeFP64", "DataTypeInt32", "DataTypeString"]
    components, models = [], tmp_path / "configs"
    models.mkdir()
    for i, text in enumerate(texts):
        kind = {"data_type": types[i % len(types)], "compute_type": "FP64" if i % 7 == 0 else "FP32"}
        components.append(numerix(f"remote{i}", mapping, compute_id=str(i), **kind))
        components.append(numerix(f"local{i}", mapping, expression=text, **kind))
    small.write(models, "both", json.dumps(model(*components, compat=compat)))
    compared = unlike = 0
    with Sandbox(fill(tmp_path, files)) as sandbox, Daemon(models, sandbox, options=["--numerix-batch-size=7"]) as daemon:
        daemon.wait_log("generation")
        for turn in range(8):
            rows = rng.choice([1, 2, 7, 8, 20, 40])
            tame = turn % 2 == 0
            columns = {c: [random_number(rng, tame) for _ in range(rows)] for c in "abc"}
            wait_until(lambda: daemon.get("/health/ready")[0] == 200)
            table = values_of(daemon.predict(request("both", columns)))
            for i, text in enumerate(texts):
                for row, (far, near) in enumerate(zip(table[f"remote{i}"], table[f"local{i}"])):
                    if far or compat == "inferflow":
                        assert near == far, (text, row, columns)
                        compared += far != b""
                    unlike += near != far
    assert compared > 5000
    # Without compat a row that can't be computed doesn't cost its batch.
    assert (unlike > 0) == (compat == "none")


def test_slates_equal_a_servers(tmp_path):
    rng = random.Random(11)
    predict = protos.load("predict")
    texts = [" ".join(random_expression(rng)) for _ in range(60)]
    files = {f"expressions/{i}.json": expression(text) for i, text in enumerate(texts)}
    mapping = {"a@FP32": "a", "b@FP32": "b", "c@FP32": "c"}
    components, models = [], tmp_path / "configs"
    models.mkdir()
    for i, text in enumerate(texts):
        components.append(numerix(f"remote{i}", mapping, compute_id=str(i), slate_component=True))
        components.append(numerix(f"local{i}", mapping, expression=text, slate_component=True))
    small.write(models, "both", json.dumps(model(*components)))
    compared = 0
    with Sandbox(fill(tmp_path, files)) as sandbox, Daemon(models, sandbox) as daemon:
        daemon.wait_log("generation")
        for turn in range(6):
            message = predict.SlateWiseRequest(model_config_id="both", tracking_id="t1")
            for column in "ab":
                message.target_input_schema.add(name=column, data_type=predict.DataTypeFP32)
            message.slate_input_schema.add(name="c", data_type=predict.DataTypeFP32)
            for row in range(9):
                values = [random_number(rng, turn % 2 == 0) for _ in "ab"]
                message.targets.add(id=f"p{row}", feature_values=[b"" if v is None else struct.pack("<f", v) for v in values])
            for slate in range(5):
                indices = [rng.randrange(9) for _ in range(rng.randint(1, 6))]
                message.slates.add(target_indices=indices, feature_values=[struct.pack("<f", rng.uniform(0, 9))])
            wait_until(lambda: daemon.get("/health/ready")[0] == 200)
            reply = daemon.call("/Predict/InferSlateWise", message, predict.SlateWiseResponse)
            names = [c.name for c in reply.slate_output_schema]
            for score in reply.slate_scores:
                row = dict(zip(names, score.output_values))
                for i, text in enumerate(texts):
                    if row[f"remote{i}"]:
                        assert row[f"local{i}"] == row[f"remote{i}"], text
                        compared += 1
    assert compared > 500


def test_one_value_that_is_no_number_costs_its_row_nothing_else(tmp_path):
    """For both ways: what can't be read counts as 0, and the other rows have their scores."""
    predict = protos.load("predict")
    models = tmp_path / "configs"
    models.mkdir()
    mapping = {"s@String": "s"}
    small.write(models, "m", json.dumps(model(numerix("remote", mapping, compute_id="one"),
                                               numerix("local", mapping, expression="s 1 +"))))
    files = {"expressions/one.json": expression("s 1 +")}
    with Sandbox(fill(tmp_path, files)) as sandbox, Daemon(models, sandbox) as daemon:
        daemon.wait_log("generation")
        wait_until(lambda: daemon.get("/health/ready")[0] == 200)
        message = predict.PointWiseRequest(model_config_id="m", tracking_id="t1")
        message.target_input_schema.add(name="s", data_type=predict.DataTypeString)
        for text in "2", "many", "", "0.5":
            message.targets.add(id=text or "none", feature_values=[text.encode()])
        table = small.table(daemon.predict(message))
        assert table["remote"] == table["local"] == [3.0, 1.0, 1.0, 1.5]


def test_a_row_that_can_not_be_computed_has_an_error(tmp_path):
    models = tmp_path / "configs"
    models.mkdir()
    small.write(models, "m", price_model(expression="a b /"))
    with Daemon(models) as daemon:
        daemon.wait_log("generation")
        wait_until(lambda: daemon.get("/health/ready")[0] == 200)
        reply = daemon.predict(request("m", {"a": [6.0, 6.0, 6.0], "b": [2.0, 0.0, 3.0]}))
        assert small.table(reply)["final"] == [3.0, None, 2.0]
        errors = [t.error for t in reply.target_scores]
        assert errors[0] == errors[2] == ""
        assert "token 3 '/': the divisor is 0 (target 1)" in errors[1]
