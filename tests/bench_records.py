"""Lines of records.jsonl as a benchmark writes them, without running one."""

import hashlib


def bench_record(name, solver="genetic", *, strategy="gd", history=(), bound=None, sha="0" * 64):
    value = history[-1][1] if history else 7
    bound = value if bound is None else bound
    return {
        "format": "qkdopt-bench-record",
        "key": hashlib.sha256(name.encode()).hexdigest(),
        "job": {
            "instance": "x", "problem_sha256": sha, "strategy": strategy, "solver": solver,
            "seed": 1, "time_limit_s": 1.0, "grace_s": 60.0, "memory_mb": 4096, "threads": 1,
            "evaluations": None,
        },
        "status": "finished", "reason": "", "value": value, "bound": bound, "verified": True,
        "optimal": value == bound, "findings": [], "seconds": {"total": 1.0},
        "history": [list(line) for line in history], "peak_mb": 100.0,
        "size": {"links": 2, "active": 3}, "processes": 1,
        "machine": {"processor": "one", "cores": 2, "memory_mb": 4096, "system": "Linux",
                    "python": "3.12.0"},
        "versions": {"qkdopt": "0.1.0"}, "commit": "", "recorded_utc": "2026-01-01T00:00:00+00:00",
    }  # fmt: skip
