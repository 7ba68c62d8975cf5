# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# The access file: tokens and certificates, and what they are good for.
import http.client
import os
import re
import signal
import subprocess

import grpc
import pytest

import protos
import small_models as small
from access_file import token, write
from certificates import Certificates
from ctl import FINE, FOUND, TROUBLE, ctl
from daemon import BUILD, Daemon, metric, status_of
from secure import Secure

UNAUTHENTICATED, DENIED = grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED


@pytest.fixture
def configs(tmp_path):
    directory = tmp_path / "models"
    directory.mkdir()
    for name in "prices", "prices-2", "other":
        small.write(directory, name, small.prices())
    return directory


def asked(model, tenant=""):
    request = small.request(model, ["p1"])
    request.tenant_id = tenant
    return request


def bearer(text):
    return {"metadata": [("authorization", text)]}


def final(daemon, model, tenant="", **options):
    return small.table(daemon.predict(asked(model, tenant), **options))["final"]


@pytest.mark.parametrize("workers", ["0", "2"])
def test_tokens_open_models_and_tenants(configs, sandbox, tmp_path, workers):
    mine, line = token("search", "--models=prices*,fresh", "--tenants=shop,in-*")
    free, free_line = token("lab", "--models=*", "--tenants=*")
    none, none_line = token("idle", "--models=prices")
    option = write(tmp_path / "access", "# callers", line, "", free_line + " # everything", none_line)
    with Daemon(configs, sandbox, options=[option, "--public-config"], workers=workers) as daemon:
        with_mine = bearer("Bearer " + mine)
        assert final(daemon, "prices", "shop", **with_mine) == [20.0]
        assert final(daemon, "prices-2", "in-house", **with_mine) == [20.0]
        assert final(daemon, "other", **bearer("bearer " + free)) == [20.0]
        assert status_of(daemon.predict, asked("other", "shop"), **with_mine) == (DENIED, "search may not ask for model other")
        # Whether there is such a model is none of their business.
        assert status_of(daemon.predict, asked("nowhere", "shop"), **with_mine) == (
            DENIED, "search may not ask for model nowhere")
        assert status_of(daemon.predict, asked("fresh", "shop"), **with_mine)[0] == grpc.StatusCode.NOT_FOUND
        assert status_of(daemon.predict, asked("prices", "bank"), **with_mine) == (DENIED, "search may not ask for tenant bank")
        assert status_of(daemon.predict, asked("prices"), **with_mine) == (DENIED, "search may not ask without a tenant")
        assert status_of(daemon.predict, asked("prices"), **bearer("Bearer " + none)) == (
            DENIED, "idle may not ask without a tenant")
        for shown in mine, "Bearer " + mine[:-1], "Bearer " + mine + "0", "Bearer ", "Basic " + mine, "Bearer " + line.split(":")[1][:64]:
            code, message = status_of(daemon.predict, asked("prices", "shop"), **bearer(shown))
            assert (code, "not known here" in message) == (UNAUTHENTICATED, True)
            assert mine not in message and "search" not in message
        code, message = status_of(daemon.predict, asked("prices", "shop"))
        assert (code, "authorization: Bearer TOKEN" in message) == (UNAUTHENTICATED, True)
        assert refused(daemon) == {"nothing_shown": 1, "unknown": 6, "model": 2, "tenant": 3}
        assert mine not in str(daemon.seen) and mine not in daemon.get("/config")[1] + daemon.get("/metrics")[1]


def test_refused_calls_are_logged_with_their_caller_and_no_token(configs, sandbox, tmp_path):
    mine, line = token("search", "--models=prices*", "--tenants=shop")
    with Daemon(configs, sandbox, options=[write(tmp_path / "access", line)], workers=1) as daemon:
        for shown, model, tenant in [(mine, "other", "shop"), (mine, "prices", "bank"), (mine[::-1], "prices", "shop")]:
            status_of(daemon.predict, asked(model, tenant), **bearer("Bearer " + shown))
            line = daemon.wait_log("access_denied")
            assert (line["level"], line["model"], line["tenant"]) == ("WARNING", model, tenant)
            assert line.get("caller") == ("search" if shown == mine else None)
        for _ in range(20):
            status_of(daemon.predict, asked("prices"))
        while "more lines like the last ones were left out" not in daemon.wait_log("access_denied")["message"]:
            pass
    assert mine not in str(daemon.seen) and mine[::-1] not in str(daemon.seen)


def test_models_are_named_to_nobody_without_a_token(configs, sandbox, tmp_path):
    boss, line = token("boss", "--admin")
    options = ["--admin-address=127.0.0.1:0", write(tmp_path / "access", line)]
    with Daemon(configs, sandbox, options=options) as daemon:
        status, body = daemon.get("/config")
        assert status == 404 and "--public-config" in body and "prices" not in body
        assert daemon.get("/metrics")[0] == 200  # of which docs/security.md says what it tells
    with Daemon(configs, sandbox, options=[*options, "--public-metrics=false"]) as daemon:
        status, body = daemon.get("/metrics")
        assert status == 404 and "--public-metrics" in body and "prices" not in body


def refused(daemon):
    return {reason: int(count) for reason, count in re.findall(
        r'^inferd_access_refused_total\{reason="([a-z_]+)"\} (\d+)$', daemon.get("/metrics")[1], re.M)}


def test_every_scoring_method_asks_and_health_does_not(configs, sandbox, tmp_path):
    one, line = token("one", "--models=prices", "--tenants=*")
    inferflow, predict, health = (protos.load(name) for name in ("inferflow", "predict", "health"))
    with Daemon(configs, sandbox, options=[write(tmp_path / "access", line)]) as daemon:
        calls = [("/Predict/InferPointWise", predict.PointWiseRequest(model_config_id="prices"), predict.PointWiseResponse),
                 ("/Predict/InferPairWise", predict.PairWiseRequest(model_config_id="prices"), predict.PairWiseResponse),
                 ("/Predict/InferSlateWise", predict.SlateWiseRequest(model_config_id="prices"), predict.SlateWiseResponse),
                 ("/Inferflow/RetrieveModelScore", inferflow.InferflowRequestProto(model_config_id="prices"),
                  inferflow.InferflowResponseProto)]
        for method, request, reply in calls:
            assert status_of(daemon.call, method, request, reply)[0] == UNAUTHENTICATED
            other = type(request)(model_config_id="other")
            assert status_of(daemon.call, method, other, reply, **bearer("Bearer " + one))[0] == DENIED
        reply = daemon.call("/grpc.health.v1.Health/Check", health.HealthCheckRequest(), health.HealthCheckResponse)
        assert reply.status == 1
        assert daemon.get("/health/self") == (200, "true")


def test_the_file_is_read_again_on_sighup_and_a_bad_one_changes_nothing(configs, sandbox, tmp_path):
    first, first_line = token("first", "--models=*", "--tenants=*")
    second, second_line = token("second", "--models=*", "--tenants=*")
    path = tmp_path / "access"
    with Daemon(configs, sandbox, options=[write(path, first_line)]) as daemon:
        assert final(daemon, "prices", **bearer("Bearer " + first)) == [20.0]
        write(path, second_line)
        daemon.process.send_signal(signal.SIGHUP)
        await_refusal(daemon, first)
        assert final(daemon, "prices", **bearer("Bearer " + second)) == [20.0]
        write(path, second_line, "third " + first)
        daemon.process.send_signal(signal.SIGHUP)
        told = daemon.wait_log("access_refused")["message"]
        assert told.startswith(f"{path}:2: third has no credential") and first not in told
        assert final(daemon, "prices", **bearer("Bearer " + second)) == [20.0]
        assert metric(daemon, "inferd_access_file_refused_total") >= 1


def await_refusal(daemon, shown):
    """On both workers: each connection is one's."""
    for _ in range(2):
        while True:
            try:
                final(daemon, "prices", **bearer("Bearer " + shown))
            except grpc.RpcError as error:
                assert error.code() == UNAUTHENTICATED
                break
        daemon.channel.close()
        daemon.channel = grpc.insecure_channel(daemon.address, options=[("grpc.use_local_subchannel_pool", 1)])


def test_a_certificate_is_as_good_as_a_token(configs, sandbox, tmp_path):
    tls = Certificates(tmp_path / "tls")
    robot = tls.signed("robot", "subjectAltName=DNS:robot.example,URI:spiffe://example/robot")
    nobody = tls.signed("nobody", "extendedKeyUsage=clientAuth")
    mine, line = token("other", "--models=other", "--tenants=*")
    option = write(tmp_path / "access", "us cert:client models=prices tenants=*",
                   "robot cert:spiffe://example/robot models=prices-2 tenants=*", line)
    with Secure(configs, sandbox, tls, f"--tls-ca-file={tls.ca}", option) as daemon:
        daemon.use(tls.ca, tls.client_cert, tls.client_key)
        assert final(daemon, "prices", wait_for_ready=True) == [20.0]
        assert status_of(daemon.predict, asked("other")) == (DENIED, "us may not ask for model other")
        assert final(daemon, "other", **bearer("Bearer " + mine)) == [20.0]  # a token goes before the certificate
        assert status_of(daemon.predict, asked("prices"), **bearer("Bearer x"))[0] == UNAUTHENTICATED
        daemon.use(tls.ca, *robot)
        assert final(daemon, "prices-2", wait_for_ready=True) == [20.0]
        daemon.use(tls.ca, *nobody)
        code, message = status_of(daemon.predict, asked("prices"))
        assert (code, "names in this certificate" in message) == (UNAUTHENTICATED, True)
        daemon.wait_log("access_denied", caller="us", certificate="client", model="other")
        assert "caller" not in daemon.wait_log("access_denied", certificate="nobody", model="prices")


def start_refused(configs, *options):
    daemon = Daemon(configs, options=options)
    daemon.run()
    message = daemon.wait_log("start_failed")["message"]
    assert daemon.process.wait(timeout=60) == 1
    return message


HASH = "sha256:" + "0" * 64


@pytest.mark.parametrize(("line", "told"), [
    ("me", "has no credential"), ("me secret", "has no credential"), ("me sha256:12", "has no credential"),
    ("me cert:", "has no credential"), (f"me {HASH} model=*", "is not known here"),
    (f"me {HASH} models=*\nme {HASH}", "me is there already")])
def test_a_file_that_will_not_do_is_told_at_the_start(configs, tmp_path, line, told):
    option = write(tmp_path / "access", line)
    message = start_refused(configs, option)
    assert told in message and "secret" not in message


def test_a_file_that_others_may_write_to_is_refused(configs, tmp_path):
    option = write(tmp_path / "access", f"me {HASH} models=* tenants=*")
    os.chmod(tmp_path / "access", 0o666)
    assert "chmod o-w" in start_refused(configs, option)


def test_a_worker_that_cannot_read_it_lets_nobody_in(configs, sandbox, tmp_path):
    mine, line = token("me", "--models=*", "--tenants=*")
    path = tmp_path / "access"
    with Daemon(configs, sandbox, options=[write(path, line)], workers=1) as daemon:
        ready = daemon.wait_log("worker_ready")
        assert final(daemon, "prices", **bearer("Bearer " + mine)) == [20.0]
        path.unlink()
        os.kill(int(re.search(r"pid (\d+)", ready["message"])[1]), signal.SIGKILL)
        daemon.wait_log("worker_ready")
        # The client may not have seen its connection's end yet.
        codes = (status_of(daemon.predict, asked("prices"), **bearer("Bearer " + mine))[0] for _ in iter(int, 1))
        assert next(code for code in codes if code != grpc.StatusCode.UNAVAILABLE) == UNAUTHENTICATED
        write(path, line)
        daemon.process.send_signal(signal.SIGHUP)
        await_entry(daemon, mine)


def await_entry(daemon, shown):
    while True:
        try:
            return final(daemon, "prices", **bearer("Bearer " + shown))
        except grpc.RpcError as error:
            assert error.code() == UNAUTHENTICATED


def test_a_port_for_administrators_wants_their_token(configs, sandbox, tmp_path):
    assert "--access-file" in start_refused(configs, "--admin-address=127.0.0.1:0")
    boss, boss_line = token("boss", "--admin")
    user, user_line = token("user", "--models=*", "--tenants=*")
    option = write(tmp_path / "access", boss_line, user_line)
    with Daemon(configs, sandbox, options=["--admin-address=127.0.0.1:0", option]) as daemon:
        line, = [line for line in daemon.seen if line["event"] == "admin"]
        address = "127.0.0.1", int(line["message"].rsplit(" ", 1)[1])

        def status(method, path, shown=None):
            connection = http.client.HTTPConnection(*address, timeout=30)
            connection.request(method, path, headers={"Authorization": "Bearer " + shown} if shown else {})
            return connection.getresponse().status

        for method, path in [("GET", "/config"), ("GET", "/metrics"), ("POST", "/reload"), ("POST", "/modules/rescan"),
                             ("POST", "/quarantine/lift")]:
            assert status(method, path) == 401
            assert status(method, path, user) == 403
            assert status(method, path, boss + "0") == 401
            assert status(method, path, boss) == 200
        assert metric(daemon, "inferd_admin_actions_total") == 3
        assert re.match(r"refused GET /config to 127\.0\.0\.1:\d+, ", daemon.wait_log("admin_refused")["message"])
        assert re.match(r"refused GET /config to user at 127\.0\.0\.1:\d+, ", daemon.wait_log("admin_refused")["message"])
        done = daemon.wait_log("admin", message="asked to read everything again")
        assert re.match(r"boss at 127\.0\.0\.1:\d+$", done["who"])
        assert boss not in str(daemon.seen) and user not in str(daemon.seen)
        assert status_of(daemon.predict, asked("prices"), **bearer("Bearer " + boss))[0] == DENIED


def test_inferctl_shows_a_token(configs, sandbox, tmp_path):
    """From a file or from the environment, to the admin port and to models."""
    boss, boss_line = token("boss", "--admin")
    user, user_line = token("user", "--models=*", "--tenants=*")
    option = write(tmp_path / "access", boss_line, user_line)
    file = tmp_path / "boss"
    file.write_text(boss + "\n# of the team\n")
    with Daemon(configs, sandbox, options=["--admin-address=127.0.0.1:0", option]) as daemon:
        line, = [line for line in daemon.seen if line["event"] == "admin"]
        admin = "127.0.0.1:" + line["message"].rsplit(" ", 1)[1]
        commands = [("status", f"--address={admin}"), ("modules", f"--address={admin}"), ("modules", "rescan", f"--admin={admin}"),
                    ("quarantine", f"--address={admin}"), ("quarantine", "lift", f"--admin={admin}")]
        for command in commands:
            status = FOUND if "lift" in command else FINE  # there is none to lift
            ctl(status, *command, f"--token-file={file}")
            ctl(status, *command, INFERCTL_TOKEN=boss)
            ctl(status, *command, f"--token-file={file}", INFERCTL_TOKEN=user)
            done = ctl(TROUBLE, *command)
            assert "give it with --token-file, or in INFERCTL_TOKEN" in done.stderr
            done = ctl(TROUBLE, *command, INFERCTL_TOKEN=boss + "0")
            assert "doesn't know the token" in done.stderr and boss not in done.stderr
            assert "no administrator's" in ctl(TROUBLE, *command, INFERCTL_TOKEN=user).stderr
        infer = ("infer", f"--address={daemon.address}")
        asked_json = '{"model": "prices", "targets": ["p1"]}'
        ctl(FINE, *infer, stdin=asked_json, INFERCTL_TOKEN=user)
        ctl(FINE, *infer, f"--header=Authorization: Bearer {user}", stdin=asked_json, INFERCTL_TOKEN=boss)
        assert "PERMISSION_DENIED" in ctl(FOUND, *infer, f"--token-file={file}", stdin=asked_json).stderr
        assert "UNAUTHENTICATED" in ctl(FOUND, *infer, stdin=asked_json).stderr


def test_inferctl_refuses_what_is_no_token(tmp_path):
    file = tmp_path / "token"
    for text in "", "\n", "two words\n", "\u00e9\n":
        file.write_text(text)
        assert f"the first line of {file} is no token" in ctl(TROUBLE, "status", f"--token-file={file}").stderr
    assert "No such file" in ctl(TROUBLE, "status", f"--token-file={tmp_path}/none").stderr
    done = ctl(TROUBLE, "infer", stdin="{}", INFERCTL_TOKEN="a\r\nb: c")
    assert "what is in INFERCTL_TOKEN is no token" in done.stderr


def test_a_directory_of_configs_that_anybody_may_change_is_warned_of(configs, sandbox):
    configs.chmod(0o777)
    with Daemon(configs, sandbox) as daemon:
        assert final(daemon, "prices") == [20.0]
    warned, = [line for line in daemon.seen if line and line["event"] == "config_dir_open"]
    assert str(configs) in warned["message"] and warned["level"] == "WARNING"
