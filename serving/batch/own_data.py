"""Own data: files that somebody dropped on a page, the draft of their settings, and what the commands of the command line say of them.

All of it lies in one private folder beside the service in use, which keeps its settings, its model and its leads whatever happens here:

    history/          the files, as they came
    corrections.json  what holds instead of guesses
    glengarry.toml    the draft
    answers/          what each command printed last
    steps/, served/   the commands as rounds: who began them, their log, how they ended
    var/              what the draft's own commands write: its registry, its store
"""

import json
import os
import re
import shutil
import signal
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from features.records.reading.files import ARCHIVES, TEXTS, WORKBOOKS
from features.settings.folders import private_folder, write_whole
from serving.batch.rounds import BegunRound, RoundRunningError, RoundState, begin, latest_round

if TYPE_CHECKING:
    from features.scaffold.corrections import Corrections
    from features.scaffold.questions import DraftQuestions

FOLDER = "own-data"
ENDINGS = (*TEXTS, ".parquet", *WORKBOOKS, *ARCHIVES)
"""Of the files that are taken; a database file may point to others of this machine, so the command line alone reads those."""
MAX_FILES = 30
MAX_NAME = 100
"""Characters of a file's name."""
TIMES_THE_LIMIT = 4
"""All files together may have so many times as many bytes as one post."""
OTHERS = ("GLENGARRY_", "BENTOML_", "PROMETHEUS_MULTIPROC_DIR", "FORWARDED_ALLOW_IPS")
"""Beginnings of the variables by which the service in use is run, and which the draft's commands must not have."""
BESIDE = "# To be tried beside the service in use."
RUN = """import json, subprocess, sys
for step in json.loads(sys.argv[1]):
    print(step["says"], flush=True)
    with open(step["answer"], "wb") as answer:
        code = subprocess.call(step["command"], stdin=subprocess.DEVNULL, stdout=answer)
    if code not in step["goes_on"]:
        sys.exit(code)
"""
"""Runs commands one after the other, and keeps what each prints; ends with the code of one that failed."""


class OwnDataError(ValueError):
    """What cannot be done with own data; the message names the rule, what was got and the remedy."""


@dataclass(frozen=True)
class OwnFile:
    """A file that was dropped."""

    name: str
    size: int


@dataclass(frozen=True)
class OwnDataState:
    """How own data stands.

    Attributes
    ----------
    latest
        What was begun last with them; None if nothing was.
    asked, problem
        What the draft asks, and why no history can be read by it; None and empty before there is one.
    checked, findings, trained
        What `check`, `audit` and `train` answered, as they print it for machines; None where they have not.
    serves
        The service by the draft that runs beside the one in use; None where none was begun.
    """

    files: tuple[OwnFile, ...]
    latest: RoundState | None = None
    asked: "DraftQuestions | None" = None
    problem: str = ""
    checked: Mapping[str, Any] | None = None
    findings: Sequence[Mapping[str, Any]] | None = None
    trained: Mapping[str, Any] | None = None
    serves: RoundState | None = None

    @property
    def is_running(self) -> bool:
        """Whether a command is under way."""
        return self.latest is not None and self.latest.is_running


@dataclass(frozen=True)
class OwnData:
    """The folder of own data; nothing of it is there until files come."""

    folder: Path

    @property
    def history(self) -> Path:
        """The files."""
        return self.folder / "history"

    @property
    def settings(self) -> Path:
        """The draft."""
        return self.folder / "glengarry.toml"

    @property
    def var(self) -> Path:
        """What the draft's own commands write."""
        return self.folder / "var"

    @property
    def steps(self) -> Path:
        """Commands on the files."""
        return self.folder / "steps"

    @property
    def served(self) -> Path:
        """Services by the draft."""
        return self.folder / "served"

    def add(self, files: Iterable[tuple[str, bytes]], most_bytes: int) -> None:
        """Keep files for their owner alone; one of the name of another takes its place.

        Raises
        ------
        OwnDataError
            If one is of a kind that is not read, or they are too many or too large together.
        """
        self._refuse_running()
        named = {safe_name(name): content for name, content in files}
        private_folder(self.history)
        there = {file.name: file.size for file in self.files()}
        sizes = there | {name: len(content) for name, content in named.items()}
        if len(sizes) > MAX_FILES:
            raise OwnDataError(
                f"There may be at most {MAX_FILES} files, got {len(sizes)}: put them into one archive (.zip)."
            )
        if sum(sizes.values()) > TIMES_THE_LIMIT * most_bytes:
            raise OwnDataError(
                f"All files together must have at most {TIMES_THE_LIMIT * most_bytes:,} bytes, got {sum(sizes.values()):,}: "
                "use the command line (glengarry init), which reads files of any size."
            )
        for name, content in named.items():
            place = self.history / f".{name}.part"
            with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(content)
            place.replace(self.history / name)

    def remove(self, name: str) -> None:
        """Throw a file away; one that is not there is gone already."""
        self._refuse_running()
        if name in {file.name for file in self.files()}:
            (self.history / name).unlink(missing_ok=True)

    def discard(self) -> None:
        """Throw all of it away: files, draft, model and store; a service by the draft ends first."""
        self._refuse_running()
        self.stop()
        if self.folder.exists():
            shutil.rmtree(self.folder)

    def files(self) -> tuple[OwnFile, ...]:
        """Return the files in the order of their names."""
        found = sorted(self.history.glob("*")) if self.history.is_dir() else []
        return tuple(OwnFile(file.name, file.stat().st_size) for file in found if not file.name.startswith("."))

    def begin_draft(
        self, begun: BegunRound, environment: Mapping[str, str], corrections: "Corrections | None" = None
    ) -> None:
        """Begin `init`, and `check` and `audit` if a history can be read by the draft; without corrections, all is guessed.

        A service by an earlier draft ends.

        Raises
        ------
        RoundRunningError
            If a command is under way.
        """
        self._refuse_running()
        self.stop()
        place = private_folder(self.folder) / "corrections.json"
        write_whole(place, "{}" if corrections is None else corrections.model_dump_json(exclude_defaults=True))
        self.settings.unlink(missing_ok=True)
        shutil.rmtree(self._answers, ignore_errors=True)
        drafted = [
            "init",
            str(self.history),
            f"--out={self.settings}",
            f"--corrections={place}",
            "--no-check",
            "--json",
        ]
        checks = [
            self._step("Reading the history by the draft", "check", ["check", self._by_draft, "--json"], (0, 1)),
            self._step("Looking for columns that know the outcome", "audit", ["audit", self._by_draft, "--json"]),
        ]
        self._begin(begun, [self._step("Drafting the settings", "init", drafted), *checks], environment)

    def begin_training(self, begun: BegunRound, environment: Mapping[str, str]) -> None:
        """Begin `train` by the draft, and what fills a store with its leads and scores; an earlier model of the draft goes.

        Raises
        ------
        OwnDataError
            If there is no draft by which a history can be read.
        RoundRunningError
            If a command is under way.
        """
        self._refuse_running()
        if not self.settings.is_file() or _answer(self._answers / "check.json") is None:
            raise OwnDataError(
                "There must be a draft that was checked, got none: drop files, and answer what is asked."
            )
        self.stop()
        shutil.rmtree(self.var, ignore_errors=True)
        (self._answers / "train.json").unlink(missing_ok=True)
        steps = [
            self._step("Training", "train", ["train", self._by_draft, "--json"]),
            self._step("Bringing the leads into a store of their own", "import", ["import", self._by_draft]),
            self._step("Scoring the open leads", "rescore", ["rescore", self._by_draft]),
        ]
        self._begin(begun, steps, environment)

    def begin_serving(self, begun: BegunRound, environment: Mapping[str, str], host: str, port: int) -> None:
        """Begin a service by the draft, beside the one in use.

        Raises
        ------
        OwnDataError
            If no model has been trained by the draft.
        RoundRunningError
            If one serves, or a command is under way.
        """
        self._refuse_running()
        if _answer(self._answers / "train.json") is None:
            raise OwnDataError("There must be a model before it can serve, got none: train first.")
        draft = self.settings.read_text(encoding="utf-8").partition(f"\n{BESIDE}")[0]
        service = f"[service]\nhost = {json.dumps(host)}\nport = {port}\n"
        write_whole(self.settings, f"{draft}\n{BESIDE}\n{service}")
        command = [sys.executable, "-m", "serving.cli", "serve", self._by_draft]
        begin(self.served, begun, command, of_their_own(environment))

    def stop(self) -> None:
        """End the service by the draft, if there is one."""
        serves = latest_round(self.served)
        if serves is not None and serves.is_running:
            with suppress(ProcessLookupError):
                os.killpg(
                    serves.begun.process, signal.SIGTERM
                )  # it leads a group of its own, as its lock shows that it lives

    def state(self) -> OwnDataState:
        """Return how own data stands."""
        from features.scaffold.questions import DraftQuestions

        drafted = _answer(self._answers / "init.json")
        return OwnDataState(
            self.files(),
            latest_round(self.steps),
            None if drafted is None else DraftQuestions.model_validate(drafted["asked"]),
            "" if drafted is None else drafted["problem"],
            _answer(self._answers / "check.json"),
            _answer(self._answers / "audit.json"),
            _answer(self._answers / "train.json"),
            latest_round(self.served),
        )

    @property
    def _answers(self) -> Path:
        return self.folder / "answers"

    @property
    def _by_draft(self) -> str:
        return f"--settings={self.settings}"

    def _step(self, says: str, name: str, command: Sequence[str], goes_on: Sequence[int] = (0,)) -> dict[str, Any]:
        answer = self._answers / f"{name}.json"
        whole = [sys.executable, "-m", "serving.cli", *command]
        return {"says": says, "answer": str(answer), "command": whole, "goes_on": goes_on}

    def _begin(self, begun: BegunRound, steps: Sequence[Mapping[str, Any]], environment: Mapping[str, str]) -> None:
        private_folder(self._answers)
        begin(self.steps, begun, [sys.executable, "-c", RUN, json.dumps(steps)], of_their_own(environment))

    def _refuse_running(self) -> None:
        latest = latest_round(self.steps)
        if latest is not None and latest.is_running:
            raise RoundRunningError(
                f"There is one command at a time, got another by {latest.begun.by}: wait for its end."
            )


def safe_name(name: str) -> str:
    r"""Return what a file is called here: the last part of its name, of letters that no system reads as anything else.

    Raises
    ------
    OwnDataError
        If it is of a kind that is not read.

    Examples
    --------
    >>> safe_name("C:\\tmp\\Leads 2026.CSV"), safe_name("../../.a;b$Ж.xlsx")
    ('Leads 2026.CSV', 'a_b_Ж.xlsx')
    """
    last = PurePath(name.replace("\\", "/")).name
    safe = re.sub(r"[^\w .()-]", "_", last).lstrip(". -")
    ending = next((one for one in ENDINGS if safe.lower().endswith(one)), "")
    if not ending or len(safe) == len(ending):
        raise OwnDataError(f"A file must end with {', '.join(ENDINGS)}, got {last[:80]!r}: choose another.")
    return safe[: -len(ending)][: MAX_NAME - len(ending)] + safe[-len(ending) :]


def of_their_own(environment: Mapping[str, str]) -> dict[str, str]:
    """Return an environment without what points to the service in use."""
    return {name: value for name, value in environment.items() if not name.upper().startswith(OTHERS)}


def _answer(file: Path) -> Any:
    """Return what a command printed for machines; None where it has not, or broke off."""
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError, UnicodeDecodeError):
        return None
