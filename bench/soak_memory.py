# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
"""Whether a process tree's memory grows: samples, and a slope with a test."""
import statistics

WARM = 1 / 3     # of the time, in which memory may still grow to what the load needs
MOST_PAIRS = 400  # samples that a slope is taken of


class Memory:
    """RSS of the processes that were there at the sample before, too: what checks configs lives for a moment only."""

    def __init__(self, server):
        self.server, self.before, self.samples = server, set(), []

    def sample(self, seconds, calls):
        now = {}
        for pid in self.server.tree():
            try:
                with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
                    now[pid] = next(int(line.split()[1]) for line in file if line.startswith("VmRSS:")) / 1024
            except (OSError, StopIteration):
                pass  # it ended
        lasting = [size for pid, size in now.items() if pid in self.before]
        self.before = set(now)
        if lasting:
            self.samples.append((seconds, calls, sum(lasting)))

    def judge(self):
        """None without enough samples, or where it went, in MB, and whether that is flat: by the Theil-Sen slope (the
        median of all pairs' slopes, which a few odd samples don't move) it grew by less than 1 MB and 2 % while it was
        watched."""
        warm = [s for s in self.samples if s[0] >= WARM * self.samples[-1][0]] if self.samples else []
        if len(warm) < 20:
            return None
        step = max(1, len(warm) // MOST_PAIRS)
        points = warm[::step]
        slope = statistics.median((b[2] - a[2]) / (b[0] - a[0]) for i, a in enumerate(points) for b in points[i + 1:])
        seconds, calls = warm[-1][0] - warm[0][0], warm[-1][1] - warm[0][1]
        level = statistics.median(s[2] for s in warm)
        grown = slope * seconds
        return {"first_mb": round(self.samples[0][2], 1), "level_mb": round(level, 1), "last_mb": round(warm[-1][2], 1),
                "highest_mb": round(max(s[2] for s in self.samples), 1), "seconds": round(seconds),
                "mb_an_hour": round(slope * 3600, 2), "bytes_a_call": round(grown * 1024 * 1024 / max(1, calls), 2),
                "grown_mb": round(grown, 2), "flat": grown < 1 + 0.02 * level}
