# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# What a Telegraf and a Prometheus see: the names, kinds and tags that Inferflow's source has, sent over UDP; and a page
# of metrics that holds to the text format and to the field's conventions, as promtool checks them.
import collections
import re
import socket

import grpc
import pytest

import protos
import small_models as small
from daemon import Daemon, status_of
from fake import GOOD, Fake

# Inferflow's, at aec2c740: every metric that its source sends but those of logging, with its kind and its tags.
COMPONENT = {"model-id", "component-name"}
CALL = COMPONENT | {"ext-service", "endpoint"}
INFERFLOW = {
    "inferflow.router.api.request.total": ("c", {"api", "status"}),
    "inferflow.router.api.request.latency": ("ms", {"api", "status"}),
    "inferflow.retrievemodelscore.request.total": ("c", {"model-id"}),
    "inferflow.retrievemodelscore.request.batch.size": ("c", {"model-id"}),
    "inferflow.retrievemodelscore.request.latency": ("ms", {"model-id"}),
    "predict.infer.request.total": ("c", {"model-id", "inference-mode"}),
    "predict.infer.request.batch.size": ("c", {"model-id", "inference-mode"}),
    "predict.infer.request.latency": ("ms", {"model-id", "inference-mode"}),
    "inferflow.component.execution.total": ("c", COMPONENT),
    "inferflow.component.execution.latency": ("ms", COMPONENT),
    "inferflow.component.execution.error": ("c", CALL | {"error-type"}),
    "inferflow.component.feature.count": ("c", COMPONENT),
    "inferflow.component.inmemorycache.request.total": ("c", COMPONENT),
    "inferflow.component.inmemorycache.request.miss.total": ("c", COMPONENT),
    "inferflow.external.api.request.total": ("c", CALL),
    "inferflow.external.api.request.batch": ("c", CALL),
    "inferflow.external.api.request.latency": ("ms", CALL),
    "inferflow.datatype.conversion.execution.latency": ("ms", COMPONENT),
    "inferflow.component.predator.execution.latency": ("ms", COMPONENT),
    "inferflow_config_schema_parsing_error": ("c", {"model-id"}),
}
ENDPOINTS = {"featurestore": "/FeatureService/retrieveFeatures", "predator": "/ModelInfer",
             "numerix_service": "/NumerixService/Compute"}
ERRORS = {"featurestore": "featurestore-api-error", "predator": "predator-api-error",
          "numerix_service": "numerix-api-error"}


class Telegraf:
    def __init__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.setblocking(False)

    @property
    def env(self):
        return {"TELEGRAF_HOST": "127.0.0.1", "TELEGRAF_PORT": str(self.socket.getsockname()[1]),
                "APP_ENV": "int", "APP_NAME": "ranking"}

    def lines(self):
        """All that has come, as (name, value, kind, rate, tags). What a daemon that has ended sent is there."""
        out = []
        while True:
            try:
                packet = self.socket.recv(65536)
            except BlockingIOError:
                return out
            assert len(packet) <= 1432
            for line in packet.decode().rstrip("\n").split("\n"):
                found = re.fullmatch(r"([^:|@#]+):(-?[0-9.]+)\|(c|g|ms)(?:\|@([0-9.]+))?\|#(.*)", line)
                assert found, line
                name, value, kind, rate, tags = found.groups()
                tags = dict(tag.split(":", 1) for tag in tags.split(","))
                out.append((name, float(value), kind, float(rate or 1), tags))


@pytest.fixture
def telegraf():
    made = Telegraf()
    yield made
    made.socket.close()


def model():
    features = dict(small.PRODUCT, comp_cache_enabled=True)
    config = small.config(
        {"fs_product": ["feature_initializer"], "rank": ["fs_product"], "boost": ["rank"]},
        ["product_id", "product:attrs:price", "probability", "final"], [features],
        [small.predator("rank", ["product:attrs:price"], "probability", deadline=60000)],
        [small.numerix("boost", "final", {"p@FP32": "probability"}, "any")])
    config["component_config"]["cache_enabled"] = True
    return config


def traffic(daemon, fake):
    """Three ids three times over, then one that fails at each backend, and a call of a model that isn't there."""
    predict, inferflow = protos.load("predict"), protos.load("inferflow")
    daemon.predict(small.request("m1", ["p1", "p2", "p3"]))
    pair = predict.PairWiseRequest(model_config_id="m1")
    slate = predict.SlateWiseRequest(model_config_id="m1")
    for request in pair, slate:
        for target in "p1", "p2", "p3":
            request.targets.add(id=target)
    pair.pairs.add(first_target_index=0, second_target_index=1)
    slate.slates.add(target_indices=[0, 1, 2])
    slate.slates.add(target_indices=[2, 1])
    daemon.call("/Predict/InferPairWise", pair, predict.PairWiseResponse)
    daemon.call("/Predict/InferSlateWise", slate, predict.SlateWiseResponse)
    score = inferflow.InferflowRequestProto(model_config_id="m1")
    score.entities.add(entity="product_id", ids=["p1", "p9"])
    daemon.score(score)
    for service in "onfs", "kserve", "numerix":
        fake.answers[service] = lambda call: call.fail(grpc.StatusCode.UNAVAILABLE, "away")
        try:
            daemon.predict(small.request("m1", ["p4"]))
        except grpc.RpcError:
            pass
        fake.answers[service] = GOOD[service]
    status_of(daemon.predict, small.request("nobody", ["p1"]))


@pytest.fixture
def configs(tmp_path):
    small.write(tmp_path, "m1", model())
    broken = model()
    broken["response_config"]["features"].append("no such column")
    broken["component_config"]["predator_components"][0]["outputs"][0]["model_scores"] = ["product:attrs:price"]
    small.write(tmp_path, "broken", broken)
    return tmp_path


def total(lines, name, **tags):
    return sum(value for n, value, _, _, t in lines
               if n == name and all(t.get(k.replace("_", "-")) == v for k, v in tags.items()))


def test_statsd_has_inferflows_names_kinds_and_tags(telegraf, configs):
    with Fake(**GOOD) as fake:
        with Daemon(configs, env={**fake.env, **telegraf.env}, workers=1) as daemon:
            traffic(daemon, fake)
            port = fake.port
    lines = telegraf.lines()
    assert {name for name in INFERFLOW if not total(lines, name) > 0} == set()
    for name, value, kind, rate, tags in lines:
        assert tags.pop("env") == "int" and tags.pop("service") == "ranking"
        if name in INFERFLOW:
            assert (kind, set(tags)) == INFERFLOW[name], (name, kind, tags)
        else:
            assert name.startswith(("inferd.", "in_memory_cache_")), name
        if "endpoint" in tags:
            assert tags["endpoint"] == ENDPOINTS[tags["ext-service"]]
        if "error-type" in tags:
            assert tags["error-type"] == ERRORS[tags["ext-service"]]
        assert name == "inferd.backend.failed" or not any(str(port) in value for value in tags.values())

    assert total(lines, "predict.infer.request.total", model_id="m1", inference_mode="pointwise") == 4
    assert total(lines, "predict.infer.request.total", model_id="m1", inference_mode="pairwise") == 1
    assert total(lines, "predict.infer.request.batch.size", inference_mode="pointwise") == 6
    assert total(lines, "predict.infer.request.batch.size", inference_mode="pairwise") == 1
    assert total(lines, "predict.infer.request.batch.size", inference_mode="slatewise") == 2
    assert total(lines, "inferflow.retrievemodelscore.request.batch.size", model_id="m1") == 2
    assert total(lines, "inferflow.router.api.request.total", api="/Predict/InferPointWise", status="5") == 1
    assert total(lines, "inferflow.router.api.request.total", api="/Inferflow/RetrieveModelScore", status="0") == 1
    # Keys looked for and missed: 3, then all there twice, then one new, then p4 missed twice and found once.
    assert total(lines, "inferflow.component.inmemorycache.request.total", component_name="fs_product") == 14
    assert total(lines, "inferflow.component.inmemorycache.request.miss.total", component_name="fs_product") == 6
    assert total(lines, "inferflow.external.api.request.batch", ext_service="featurestore") == 6
    assert total(lines, "inferflow.component.feature.count", component_name="fs_product") == 28
    for service in ERRORS:
        assert total(lines, "inferflow.component.execution.error", ext_service=service) == 1
        where = {"ext_service": service, "address": f"127.0.0.1_{port}"}
        assert total(lines, "inferd.backend.failed", code="unavailable", **where) == 1
    assert total(lines, "inferd.component.failed", code="unavailable") == 3
    assert total(lines, "inferflow.component.execution.total", component_name="feature_initializer") == 7
    assert total(lines, "inferflow_config_schema_parsing_error", model_id="broken") >= 1
    assert [value for name, value, *_ in lines if name == "in_memory_cache_item_count"][-1] == 5


def test_statsd_samples_times_only(telegraf, tmp_path):
    small.write(tmp_path, "m1", model())
    with Fake(**GOOD) as fake:
        with Daemon(tmp_path, env={**fake.env, **telegraf.env, "METRIC_SAMPLING_RATE": "0"}, workers=1) as daemon:
            daemon.predict(small.request("m1", ["p1"]))
    lines = telegraf.lines()
    assert total(lines, "predict.infer.request.total") == 1
    assert not any(kind == "ms" for _, _, kind, _, _ in lines)


# ---- Prometheus

SAMPLE = re.compile(r'([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (-?[0-9.e+-]+|[+-]Inf|NaN)')
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)')
# promtool's: units that a base unit should stand for, and endings that say what a sample is, not a metric.
NOT_BASE = re.compile(r"_(milli|micro|nano)?seconds?_|_(ms|us|ns|minutes?|hours?|kb|kilobytes|megabytes|percent)(_|$)")


def parse(text):
    """{family: (kind, help, [(name, labels, value)])}; checks what any parser would, and that nothing is there twice."""
    families, seen, current = {}, set(), None
    assert text.endswith("\n")
    for line in text.splitlines():
        if line.startswith("# HELP "):
            _, _, name, words = line.split(" ", 3)
            assert name not in families, f"{name}: its lines don't stand together"
            families[name] = current = [None, words, []]
        elif line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert families[name] is current and current[0] is None and not current[2]
            current[0] = kind
        else:
            found = SAMPLE.fullmatch(line)
            assert found, line
            name, labels, value = found.groups()
            pairs = LABEL.findall(labels or "")
            assert "".join(f'{k}="{v}",' for k, v in pairs).rstrip(",") == (labels or ""), line
            base = re.sub(r"_(bucket|sum|count)$", "", name) if current[0] == "histogram" else name
            assert families[base] is current, line
            assert (name, labels) not in seen, f"{line} is there twice"
            seen.add((name, labels))
            current[2].append((name, dict(pairs), float(value)))
    return families


def check_histograms(name, samples):
    series = collections.defaultdict(dict)
    for sample, labels, value in samples:
        rest = tuple(sorted((k, v) for k, v in labels.items() if k != "le"))
        series[rest].setdefault(sample[len(name):], []).append((labels.get("le"), value))
    for rest, parts in series.items():
        bounds = [float(le) for le, _ in parts["_bucket"]]
        counts = [count for _, count in parts["_bucket"]]
        assert bounds == sorted(bounds) and bounds[-1] == float("inf"), name
        assert counts == sorted(counts) and counts[-1] == parts["_count"][0][1], name
        assert parts["_sum"][0][1] >= 0


def test_prometheus_page_holds_to_the_conventions(configs):
    odd = 'a\\b"c,d:e ü'  # what can't stand in StatsD's tags becomes _, here, too
    small.write(configs, odd, model())
    with Fake(**GOOD) as fake, Daemon(configs, env=fake.env) as daemon:
        traffic(daemon, fake)
        daemon.predict(small.request(odd, ["p1"]))
        status, text = daemon.get("/metrics")
        families = parse(text)
    assert status == 200 and len(families) > 50
    for name, (kind, words, samples) in families.items():
        assert kind in ("counter", "gauge", "histogram"), name
        assert words.strip() and not words.endswith("."), name
        assert name.endswith("_total") == (kind == "counter"), name
        assert not name.endswith(("_bucket", "_count", "_sum", "_info")), name
        assert kind != "histogram" or name.endswith(("_seconds", "_bytes")), name
        assert not NOT_BASE.search(name.replace("_seconds_total", "_total")), name
        assert not re.search(r"[A-Z:]|(counter|gauge|histogram)", name), name
        assert samples or kind == "histogram", name
        for sample, labels, value in samples:
            assert "le" not in labels or kind == "histogram"
            assert not {"quantile", "job", "instance"} & set(labels)
            assert kind == "gauge" or value >= 0, sample
        if kind == "histogram":
            check_histograms(name, samples)
    # Counters add up over the two workers, whichever was asked.
    requests = {tuple(labels.values()): value for _, labels, value in families["inferd_predict_requests_total"][2]}
    assert requests[("m1", "pointwise")] == 4 and requests[("a_b_c_d_e_ü", "pointwise")] == 1
    assert families["inferd_backend_calls_total"][2][0][1].keys() == {"model_id", "component_name", "ext_service", "endpoint"}


def test_prometheus_page_is_read_by_its_own_client(configs):
    parser = pytest.importorskip("prometheus_client.parser", reason="python3-prometheus-client is missing")
    with Fake(**GOOD) as fake, Daemon(configs, env=fake.env, workers=1) as daemon:
        traffic(daemon, fake)
        text = daemon.get("/metrics")[1]
    families = {family.name: family for family in parser.text_string_to_metric_families(text)}
    calls = families["inferd_backend_calls"].samples
    assert sum(s.value for s in calls if s.labels["ext_service"] == "featurestore") == 4
    assert families["inferd_request_duration_seconds"].type == "histogram"
    assert all(family.documentation for family in families.values())


def test_nodes_after_a_failed_one_are_counted(tmp_path):
    strict = model()
    strict["component_config"]["feature_components"][0]["required"] = True
    small.write(tmp_path, "m1", strict)
    away = lambda call: call.fail(grpc.StatusCode.UNAVAILABLE, "away")  # noqa: E731
    with Fake(**{**GOOD, "onfs": away}) as fake, Daemon(tmp_path, env=fake.env, workers=1) as daemon:
        assert status_of(daemon.predict, small.request("m1", ["p1"]))[0] == grpc.StatusCode.UNAVAILABLE
        families = parse(daemon.get("/metrics")[1])
        value = {name: families[name][2][0][2] for name in families if families[name][2]}
        assert value["inferd_nodes_total"] == 2 and value["inferd_nodes_failed_total"] == 1
        assert value["inferd_nodes_skipped_total"] == 2
