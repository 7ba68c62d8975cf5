# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# Every environment variable that Inferflow's documents name is known: it is in docs/settings.md, the daemon takes it, and
# what has no effect any more is said to have none. Then: which of several values wins, and who is told of secrets: nobody.
import json
import os
import re
import subprocess

import grpc
import pytest

import ctl
import small_models as small
from daemon import MODULES, PROGRAM, Daemon, until
from etcd import Etcd

# The README of Inferflow: name, its default there, and the line that --show-config prints of it; None: without effect.
README = [
    ("APP_ENV", "prod", "environment = prod"),
    ("APP_NAME", "inferflow", "name = inferflow"),
    ("APP_PORT", "8085", "port = 8085"),
    ("APP_LOG_LEVEL", "INFO", "log-level = INFO"),
    ("APP_GC_PERCENTAGE", "1", None),
    ("ETCD_SERVER", "http://etcd:2379", "etcd-endpoints = http://etcd:2379"),
    ("ETCD_WATCHER_ENABLED", "true", "config-watch = true"),
    ("IN_MEMORY_CACHE_SIZE_IN_BYTES", "6000000000", "cache-size = 6000000000"),
    ("DAG_TOPOLOGY_CACHE_SIZE", "500", None),
    ("DAG_TOPOLOGY_CACHE_TTL_SEC", "300", None),
    ("EXTERNAL_SERVICE_PREDATOR_PORT", "8090", "model-server-port = 8090"),
    ("EXTERNAL_SERVICE_PREDATOR_GRPC_PLAIN_TEXT", "true", "model-server-plaintext = true"),
    ("EXTERNAL_SERVICE_PREDATOR_CALLER_ID", "inferflow", "model-server-caller-id = inferflow"),
    ("EXTERNAL_SERVICE_PREDATOR_CALLER_TOKEN", "inferflow", "# model-server-caller-token = ********"),
    ("EXTERNAL_SERVICE_PREDATOR_DEADLINE", "200", "model-server-deadline = 200"),
    ("NUMERIX_CLIENT_V1_HOST", "numerix", "numerix-host = numerix"),
    ("NUMERIX_CLIENT_V1_PORT", "8083", "numerix-port = 8083"),
    ("NUMERIX_CLIENT_V1_DEADLINE_MS", "5000", "numerix-deadline = 5000"),
    ("NUMERIX_CLIENT_V1_PLAINTEXT", "true", "numerix-plaintext = true"),
    ("NUMERIX_CLIENT_V1_AUTHTOKEN", "numerix", None),
    ("NUMERIX_CLIENT_V1_BATCHSIZE", "100", "numerix-batch-size = 100"),
    ("EXTERNAL_SERVICE_ONFS_FS_HOST", "onfs-api-server", "feature-store-host = onfs-api-server"),
    ("EXTERNAL_SERVICE_ONFS_FS_PORT", "8089", "feature-store-port = 8089"),
    ("EXTERNAL_SERVICE_ONFS_FS_GRPC_PLAIN_TEXT", "true", "feature-store-plaintext = true"),
    ("EXTERNAL_SERVICE_ONFS_FS_CALLER_ID", "inferflow", "feature-store-caller-id = inferflow"),
    ("EXTERNAL_SERVICE_ONFS_FS_CALLER_TOKEN", "inferflow", "# feature-store-caller-token = ********"),
    ("EXTERNAL_SERVICE_ONFS_FS_DEAD_LINE", "200", "feature-store-deadline = 200"),
    ("EXTERNAL_SERVICE_ONFS_FS_BATCH_SIZE", "50", "feature-store-batch-size = 50"),
    ("KAFKA_BOOTSTRAP_SERVERS", "broker:29092", None),
    ("KAFKA_LOGGING_TOPIC", "inferflow_inference_logs", None),
]

# The Configuration Guide: name, its example there, and as above.
GUIDE = [
    ("APP_PORT", "50051", "port = 50051"),
    ("APP_ENV", "production", "environment = production"),
    ("ETCD_ENDPOINTS", "etcd-0:2379,etcd-1:2379", "etcd-endpoints = etcd-0:2379,etcd-1:2379"),
    ("ETCD_DIAL_TIMEOUT", "5s", "etcd-timeout = 5s"),
    ("externalServiceOnFs_host", "onfs-api:50051", "feature-store-host = onfs-api:50051"),
    ("externalServiceOnFs_callerId", "inferflow", "feature-store-caller-id = inferflow"),
    ("externalServiceOnFs_callerToken", "sesame", "# feature-store-caller-token = ********"),
    ("externalServiceOnFs_batchSize", "100", "feature-store-batch-size = 100"),
    ("externalServiceOnFs_deadline", "200ms", "feature-store-deadline = 200ms"),
    ("externalServicePredator_defaultDeadline", "100ms", "model-server-deadline = 100ms"),
    ("numerixClientV1_host", "numerix:50052", "numerix-host = numerix:50052"),
    ("numerixClientV1_deadline", "100ms", "numerix-deadline = 100ms"),
    ("KafkaBootstrapServers", "kafka-0:9092,kafka-1:9092", None),
    ("KafkaLoggingTopic", "inferflow-logs", None),
    ("TELEGRAF_HOST", "telegraf", "telegraf-host = telegraf"),
    ("TELEGRAF_PORT", "8125", "telegraf-port = 8125"),
    ("CACHE_SIZE_MB", "512", "cache-size = 536870912"),
    ("CACHE_TYPE", "freecache", None),
]

# Inferflow's source reads these, its documents don't name them.
SOURCE = [
    ("ETCD_USERNAME", "someone", "etcd-username = someone"),
    ("ETCD_PASSWORD", "sesame", "# etcd-password = ********"),
    ("METRIC_SAMPLING_RATE", "0.5", "metric-sampling-rate = 0.5"),
    ("KAFKA_V2_LOG_TOPIC", "logs", None),
]
CACHE = [("APP_METRIC_SAMPLING_RATE", "0.5", "metric-sampling-rate = 0.5")]  # likewise, for its cache only
ALL = README + GUIDE + SOURCE + CACHE


def show(*options, **environment):
    """What --show-config prints as lines without their comments, and what it says besides."""
    done = subprocess.run([PROGRAM, "--show-config", f"--module-path={MODULES}", *options], capture_output=True, text=True,
                          timeout=60, check=False, env={"PATH": os.environ["PATH"], **environment})
    assert done.returncode == 0, done.stderr
    lines = {}
    for line in done.stdout.splitlines():
        shown, _, where = line.rpartition(" # ")
        lines[shown.strip()] = where
    return lines, done.stdout, done.stderr


@pytest.mark.parametrize("name", sorted({name for name, _, _ in ALL}))
def test_the_documentation_has_it(name):
    with open(os.path.join(os.environ["srcdir"], "docs", "settings.md"), encoding="utf-8") as file:
        text = file.read()
    assert re.search(rf"^\|.*`{name}`.*\|", text, re.MULTILINE)


@pytest.mark.parametrize("document", [README, GUIDE, SOURCE, CACHE], ids=["README", "guide", "source", "cache"])
def test_all_of_a_document_are_taken_together(document):
    lines, _, said = show(**{name: value for name, value, _ in document})
    for name, _, line in document:
        if line:
            assert lines.get(line) == name
            assert name not in said, said
        else:
            assert re.search(rf"inferd: {name}: warning: has no effect: ", said), (name, said)


def test_the_first_of_two_spellings_counts_and_a_conflict_is_said():
    lines, _, said = show(ETCD_SERVER="http://a:1", ETCD_ENDPOINTS="http://b:1", EXTERNAL_SERVICE_ONFS_FS_HOST="a",
                          externalServiceOnFs_host="b", NUMERIX_CLIENT_V1_CALLER_ID="me", APP_NAME="shop")
    assert lines["etcd-endpoints = http://a:1"] == "ETCD_SERVER"
    assert lines["feature-store-host = a"] == "EXTERNAL_SERVICE_ONFS_FS_HOST"
    assert lines["numerix-caller-id = me"] == "NUMERIX_CLIENT_V1_CALLER_ID"
    assert sorted(said.splitlines()) == [
        "inferd: ETCD_ENDPOINTS: warning: differs from ETCD_SERVER, which is used; leave one of them out",
        "inferd: externalServiceOnFs_host: warning: differs from EXTERNAL_SERVICE_ONFS_FS_HOST, which is used; "
        "leave one of them out"]
    assert show(EXTERNAL_SERVICE_ONFS_FS_HOST="a", externalServiceOnFs_host="a")[2] == ""


def test_option_environment_file_default(tmp_path):
    conf = tmp_path / "inferd.conf"
    conf.write_text("port = 1\nname = file\nnumerix-host = file\nfeature-store-host = file\nmodel-server-port = 7\n")
    option = f"--config-file={conf}"
    lines, _, said = show(option, "--port=3", "--numerix-host=option", APP_PORT="2", APP_NAME="environment",
                          NUMERIX_CLIENT_V1_HOST="environment", externalServiceOnFs_host="environment")
    assert said == ""
    assert lines["port = 3"] == "--port" and lines["numerix-host = option"] == "--numerix-host"
    assert lines["name = environment"] == "APP_NAME"
    assert lines["feature-store-host = environment"] == "externalServiceOnFs_host"
    assert lines["model-server-port = 7"] == f"{conf}:5"
    assert lines["model-server-deadline = 200"] == "default"


def test_defaults_that_others_settings_decide():
    lines, _, _ = show("--listen-address=127.0.0.1")
    assert lines["tls-address = 127.0.0.1"] == lines["public-config = true"] == "default"
    lines, _, _ = show("--listen-address=127.0.0.1", "--access-file=/a", INFERD_TLS_ADDRESS="*")
    assert lines["tls-address = *"] == "INFERD_TLS_ADDRESS" and lines["public-config = false"] == "default"
    assert show("--access-file=/a", "--public-config")[0]["public-config = true"] == "--public-config"


def test_secrets_are_shown_to_nobody(tmp_path):
    conf = tmp_path / "inferd.conf"
    conf.write_text("feature-store-caller-token = open-sesame\n")
    _, shown, said = show(f"--config-file={conf}", "--model-server-caller-token=open-sesame", ETCD_PASSWORD="open-sesame",
                          NUMERIX_CLIENT_V1_AUTHTOKEN="open-sesame")
    assert "open-sesame" not in shown + said
    assert shown.count("********") == 4


SECRET = "open-sesame"
TOKENS = {name: SECRET for name in ("EXTERNAL_SERVICE_ONFS_FS_CALLER_TOKEN", "EXTERNAL_SERVICE_PREDATOR_CALLER_TOKEN",
                                    "NUMERIX_CLIENT_V1_AUTHTOKEN")}


@pytest.mark.parametrize("right", [True, False])
def test_a_daemon_tells_nobody_its_secrets(sandbox, tmp_path, right):
    """Not at any level of the log, not where they are used, nor where they are refused."""
    with Etcd(tmp_path) as etcd:
        etcd.put("/config/inferflow/services/shop/model-config/config-map/prices", json.dumps(small.prices()))
        etcd.put("/config/inferflow/services/shop/model-config/config-map/broken", "{")
        etcd.enable_auth({"inferd": SECRET if right else "another"})
        env = {**TOKENS, "APP_NAME": "shop", "ETCD_SERVER": etcd.url, "ETCD_USERNAME": "inferd", "ETCD_PASSWORD": SECRET}
        with Daemon(sandbox=sandbox, env=env, options=["--log-level=DEBUG"], workers=1) as daemon:
            if right:
                daemon.wait_log("config_refused", model="broken")
                request = small.request("prices", ["p1"])
                assert small.table(until(lambda: served(daemon, request)))["final"] == [20.0]
            else:
                daemon.wait_log("config_etcd_away")
            shown = daemon.get("/config")[1] + daemon.get("/metrics")[1]
            status = ctl.run("status", f"--address={daemon.address}", **env)
            assert ("prices" in shown) is right and status.stdout
            shown += status.stdout + status.stderr
    assert SECRET not in shown and SECRET not in str(daemon.seen)


def served(daemon, request):
    try:
        return daemon.predict(request)
    except grpc.RpcError:
        return None


def test_secrets_come_from_files(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("open-sesame\n")
    _, shown, said = show(f"--model-server-caller-token=file:{secret}", ETCD_PASSWORD=f"file:{secret}")
    assert said == "" and "open-sesame" not in shown
    assert f"model-server-caller-token = file:{secret}" in shown and f"etcd-password = file:{secret}" in shown
    secret.write_text("")
    assert "is empty" in refused(f"--etcd-password=file:{secret}")
    assert "is empty" in show(f"--model-server-caller-token=file:{secret}")[2]  # a module's: it is refused
    assert "No such file" in refused("--etcd-password=file:/nowhere")


def test_a_secret_on_the_command_line_is_warned_of():
    _, shown, said = show("--etcd-password=open-sesame")
    assert "open-sesame" not in shown + said
    assert "--etcd-password: warning: is a secret that everybody on this machine can see" in said


def test_a_file_that_others_may_change_is_refused(tmp_path):
    conf = tmp_path / "inferd.conf"
    conf.write_text("port = 1234\n")
    conf.chmod(0o646)
    assert "chmod o-w" in refused(f"--config-file={conf}")
    conf.chmod(0o644)
    assert "port = 1234" in show(f"--config-file={conf}")[1]


def refused(*options):
    done = subprocess.run([PROGRAM, "--show-config", f"--module-path={MODULES}", *options], capture_output=True, text=True)
    assert done.returncode == 2, done
    return done.stderr
