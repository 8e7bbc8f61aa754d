"""One line a record, without secrets."""

from __future__ import annotations

import json
import logging
import subprocess
import sys

import pytest

from serving.runtime.server import CODE
from serving.schemas import request_ids
from serving.telemetry.logs import JsonFormatter, TextFormatter

KEY = "gly_0123456789ab_" + "secret-part_of-it"


def failed(said: str) -> logging.LogRecord:
    """The record of an error whose text holds secrets."""
    try:
        raise ValueError(f"{KEY} is not good for postgresql://crm:hidden@db/leads")
    except ValueError:
        return logging.LogRecord("glengarry", logging.ERROR, __file__, 1, said, (KEY,), sys.exc_info())


def test_json_line_has_the_traceback_and_no_secret() -> None:
    token = request_ids.current.set("crm-17")
    line = JsonFormatter().format(failed("defect with %s"))
    request_ids.current.reset(token)

    said = json.loads(line)
    assert "\n" not in line
    assert (said["level"], said["logger"], said["request_id"]) == ("error", "glengarry", "crm-17")
    assert said["message"] == "defect with gly_0123456789ab_***"
    assert said["error"].startswith("Traceback (most recent call last):\n")
    assert said["error"].endswith("ValueError: gly_0123456789ab_*** is not good for postgresql://***@db/leads")
    assert "secret-part" not in line


def test_text_line_says_the_same_in_one_line() -> None:
    line = TextFormatter().format(failed("defect with %s"))

    assert "\n" not in line
    assert " ERROR defect with gly_0123456789ab_*** " in line
    assert "ValueError: gly_0123456789ab_***" in line
    assert "secret-part" not in line
    assert "hidden" not in line


@pytest.mark.parametrize("style", ["json", "text"])
def test_libraries_write_in_the_same_shape(style: str) -> None:
    code = (
        "import logging\n"
        "logging.basicConfig(format='%(message)s')\n"
        "own = logging.getLogger('uvicorn.error')\n"
        "own.addHandler(logging.StreamHandler()); own.propagate = False\n"
        "from serving.telemetry.logs import configure\n"
        f"configure({style!r})\n"
        "own.warning('came %s', 'late'); own.info('not told')\n"
        "logging.getLogger('glengarry').info('told')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=CODE, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr

    first, second = done.stdout.splitlines()
    assert done.stderr == ""
    if style == "json":
        assert (
            json.loads(first).items() >= {"logger": "uvicorn.error", "level": "warning", "message": "came late"}.items()
        )
        assert json.loads(second)["message"] == "told"
    else:
        assert " WARNING came late " in first
        assert " INFO told " in second
