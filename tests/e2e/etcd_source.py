# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# The source 'etcd' of the daemon in a program of its own: what it hands over, and what it logs.
import json
import os
import queue
import subprocess
import threading

PROGRAM = os.path.join(os.environ["builddir"], "tests", "e2e", "source_printer")
PATIENCE = 60  # seconds until a test fails that waits for something


class Source:
    """A running source. next(): its next revision as (whole, {model: value}); said(event): waits for a log line."""

    def __init__(self, *arguments, **variables):
        self.process = subprocess.Popen(
            [PROGRAM, "etcd", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **variables},
        )
        self.lines, self.log, self.events = queue.Queue(), queue.Queue(), []
        for pipe, to in ((self.process.stdout, self.lines), (self.process.stderr, self.log)):
            threading.Thread(target=self._read, args=(pipe, to), daemon=True).start()

    @staticmethod
    def _read(pipe, to):
        for line in pipe:
            to.put(line)
        to.put(None)

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        self.process.stdin.close()
        try:
            status = self.process.wait(PATIENCE)
        finally:
            self.process.kill()
        if kind is None:
            assert status == 0, self.errors()

    def errors(self):
        lines = []
        while True:
            line = self.log.get(timeout=PATIENCE)
            if line is None:
                return b"".join(lines).decode()
            lines.append(line)

    def tell(self, word):
        self.process.stdin.write(word.encode() + b"\n")
        self.process.stdin.flush()

    def line(self):
        line = self.lines.get(timeout=PATIENCE)
        assert line is not None, self.errors()
        return json.loads(line)

    def next(self):
        revision = self.line()
        self.revision = revision["revision"]
        changes = {c["model"]: bytes.fromhex(c["value"]) if c["value"] is not None else None for c in revision["changes"]}
        assert len(changes) == len(revision["changes"])
        return revision["whole"], changes

    def count(self):
        self.tell("count")
        return self.line()

    def said(self, event):
        """The message of the next log line of that event; those before it are kept in self.events."""
        while True:
            line = self.log.get(timeout=PATIENCE)
            assert line is not None, f"{event} was not logged"
            entry = json.loads(line)
            self.events.append(entry["event"])
            if entry["event"] == event:
                return entry["message"]
