# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# A real etcd on loopback for tests, changed by etcdctl, and a link to it that can be cut:
#
#     with Etcd(tmp_path) as etcd:
#         etcd.put("/a/b", b"value")
#         etcd.url                       # "http://127.0.0.1:34567"
#         etcd.kill(); etcd.start()      # with its data; etcd.forget() in between: without
#
#     with Cluster(tmp_path) as cluster: # three members
#         cluster.urls                   # of all, with commas
#         cluster.members[0].kill()      # each is an Etcd
#
#     with Link(etcd.port) as link:      # link.url, link.cut(), link.mend()
#
# Either with tls=Certificates(tmp_path): https, and clients must show a certificate of its CA.
#
# Nothing here waits for a time: etcd is up when it says so, and what it says is read to the end.
import os
import shutil
import signal
import socket
import subprocess
import threading
import time

from ports import free_port


class Etcd:
    def __init__(self, directory, port=None, name="one", tls=None):
        self.name = name
        self.data = os.path.join(str(directory), "etcd-data" if name == "one" else "etcd-data-" + name)
        self.port = port or free_port()
        self.peer_port = free_port()
        self.tls = tls
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        self.peer = f"http://127.0.0.1:{self.peer_port}"
        self.cluster = f"{name}={self.peer}"
        self.process = None
        self.credentials = []
        if tls:
            self.credentials = ["--cacert", tls.ca, "--cert", tls.client_cert, "--key", tls.client_key]

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, kind, value, trace):
        self.kill()

    def start(self):
        tls = ["--cert-file", self.tls.cert, "--key-file", self.tls.key, "--client-cert-auth", "--trusted-ca-file",
               self.tls.ca] if self.tls else []
        self.process = subprocess.Popen(
            [
                "etcd",
                f"--name={self.name}",
                f"--data-dir={self.data}",
                f"--listen-client-urls={self.url}",
                f"--advertise-client-urls={self.url}",
                f"--listen-peer-urls={self.peer}",
                f"--initial-advertise-peer-urls={self.peer}",
                f"--initial-cluster={self.cluster}",
                "--heartbeat-interval=50",
                "--election-timeout=500",
                "--logger=zap",
                "--log-outputs=stderr",
                "--quota-backend-bytes=1073741824",
                *tls,
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
        )
        said = []
        for line in self.process.stderr:
            said.append(line)
            if "serving client traffic" in line or "serving insecure client requests" in line:
                break
        else:
            raise AssertionError("etcd did not start: " + "".join(said[-20:]))
        # What it goes on to say would fill the pipe.
        threading.Thread(target=self.process.stderr.read, daemon=True).start()

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        if self.process:
            self.process.wait()

    def pause(self):
        self.process.send_signal(signal.SIGSTOP)

    def resume(self):
        self.process.send_signal(signal.SIGCONT)

    def forget(self):
        """Removes its data; the next start is that of a new store."""
        shutil.rmtree(self.data)

    def ctl(self, *words, stdin=b""):
        done = subprocess.run(
            ["etcdctl", "--endpoints", self.url, *self.credentials, "--command-timeout=60s", "--dial-timeout=60s", *words],
            input=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "ETCDCTL_API": "3"},
        )
        assert done.returncode == 0, (words, done.stderr)
        return done.stdout

    def put(self, key, value):
        self.ctl("put", "--", key, stdin=value if isinstance(value, bytes) else value.encode())

    def delete(self, key, *options):
        self.ctl("del", key, *options)

    def txn(self, puts, deletes=()):
        """All at one revision: {key: value}; values without quotes and line ends. At most 128."""
        lines = [f'put {key} "{value}"' for key, value in puts.items()] + [f"del {key}" for key in deletes]
        self.ctl("txn", stdin=("\n" + "\n".join(lines) + "\n\n\n").encode())

    def revision(self):
        import json

        return json.loads(self.ctl("get", "none", "-w", "json"))["header"]["revision"]

    def compact(self):
        self.ctl("compact", "--physical", str(self.revision()))

    def enable_auth(self, users):
        """Turns authentication on; users: {name: password}, each may read everything. etcdctl goes on as root."""
        self.ctl("user", "add", "root:secret")
        self.ctl("role", "add", "reader")
        self.ctl("role", "grant-permission", "--prefix", "reader", "read", "/")
        for name, password in users.items():
            self.ctl("user", "add", f"{name}:{password}")
            self.ctl("user", "grant-role", name, "reader")
        self.ctl("auth", "enable")
        self.credentials = [*self.credentials, "--user", "root:secret"]


class Cluster:
    """Three members; each is an Etcd, and so is what all of them do together: put(), delete(), revision()…, by whichever
    answers."""

    def __init__(self, directory, tls=None):
        self.members = [Etcd(directory, name=name, tls=tls) for name in ("one", "two", "three")]
        for member in self.members:
            member.cluster = ",".join(f"{m.name}={m.peer}" for m in self.members)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, kind, value, trace):
        for member in self.members:
            member.kill()

    def start(self, members=None):
        """At the same time: a member serves when there are two."""
        threads = [threading.Thread(target=m.start) for m in members or self.members]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    @property
    def urls(self):
        return ",".join(m.url for m in self.members)

    def member_of(self, port):
        return next(m for m in self.members if m.port == port)

    def put(self, key, value):
        """By any member; again where one is stuck or on its way out."""
        data = value if isinstance(value, bytes) else value.encode()
        while subprocess.run(["etcdctl", "--endpoints", self.urls, *self.members[0].credentials, "--command-timeout=2s",
                              "--dial-timeout=1s", "put", "--", key], input=data, capture_output=True,
                             env={**os.environ, "ETCDCTL_API": "3"}, check=False).returncode:
            pass


class Link:
    """Forwards a port of its own to another. cut() ends what is connected, and nobody listens any more; hang_up() ends
    it too, but takes each connection that comes, ends it and releases 'hung_up', so that attempts can be counted. Where
    'delay' is set, everything takes so many seconds longer each way."""

    def __init__(self, target):
        self.target = target
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.lock = threading.Lock()
        self.sockets = []
        self.listener = None
        self.deaf = False
        self.delay = 0
        self.hung_up = threading.Semaphore(0)

    def __enter__(self):
        self.mend()
        return self

    def __exit__(self, kind, value, trace):
        self.cut()

    def hang_up(self):
        self.cut()
        self.deaf = True
        self.mend()

    def answer(self):
        self.deaf = False

    def mend(self):
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port))
        listener.listen()
        self.listener = listener
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def cut(self):
        with self.lock:
            listener, self.listener = self.listener, None
            sockets, self.sockets = self.sockets, []
        for s in [listener] * bool(listener) + sockets:
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            s.close()

    def _accept(self, listener):
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            if self.deaf:
                near.close()
                self.hung_up.release()
                continue
            far = socket.socket()
            with self.lock:
                if self.listener is not listener:
                    near.close()
                    return
                self.sockets += [near, far]
            try:
                far.connect(("127.0.0.1", self.target))
            except OSError:
                near.close()
                continue
            for a, b in ((near, far), (far, near)):
                threading.Thread(target=self._copy, args=(a, b), daemon=True).start()

    def _copy(self, a, b):
        try:
            while True:
                data = a.recv(65536)
                if not data:
                    break
                if self.delay:
                    time.sleep(self.delay)  # this is the delay, not a wait for something
                b.sendall(data)
            b.shutdown(socket.SHUT_WR)
        except OSError:
            pass
