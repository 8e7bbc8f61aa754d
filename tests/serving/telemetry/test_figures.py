"""Figures of several workers add up, whether they live or not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from serving.runtime.server import CODE
from serving.telemetry.figures import FOLDER_VARIABLE

COUNT = """
from serving.telemetry.figures import Figures
figures = Figures()
figures.requests.labels("POST", "/score", "200").inc(3)
figures.count_scores([0.04, 0.4])
figures.waiting.set(7)
"""
TELL = """
from prometheus_client.exposition import generate_latest
from serving.telemetry.figures import Figures
print(generate_latest(Figures().all_workers()).decode())
"""


def run(code: str, folder: Path) -> str:
    environment = os.environ | {FOLDER_VARIABLE: str(folder), "PYTHONPATH": str(CODE)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    return done.stdout


def test_what_ended_workers_counted_stays_and_what_they_said_of_the_present_goes(tmp_path: Path) -> None:
    for _ in range(2):
        run(COUNT, tmp_path)

    told = run(TELL, tmp_path).splitlines()

    assert 'glengarry_requests_total{method="POST",route="/score",status="200"} 6.0' in told
    assert 'glengarry_score_probability_bucket{le="0.05"} 2.0' in told
    assert "glengarry_score_probability_count 4.0" in told
    assert "glengarry_writer_waiting 0.0" in told
    assert "glengarry_workers 1.0" in told
