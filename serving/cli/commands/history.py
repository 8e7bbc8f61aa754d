"""Commands on a history: draft its settings, check it, look for leaks."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from serving.cli.commands.cluster import ClusterOption, checked_parts
from serving.cli.commands.console import JsonOption, SettingsOption, out, print_json, read_history, steps
from serving.cli.printing.history import print_drafted
from serving.settings.settings import DEFAULT_FILE, load_settings

if TYPE_CHECKING:
    from features.scaffold import Draft


def init(
    folder: Annotated[Path, typer.Argument(help="A folder of files, a workbook or an archive.", exists=True)],
    file: Annotated[Path, typer.Option("--out", help="The settings file to write.")] = DEFAULT_FILE,
    corrections: Annotated[
        Path | None,
        typer.Option(help="A JSON file of what holds instead of guesses, such as the roles of columns.", exists=True),
    ] = None,
    checks: Annotated[
        bool, typer.Option("--check/--no-check", help="Read the history by the draft, and say in it what came of it.")
    ] = True,
    as_json: JsonOption = False,
) -> None:
    """Draft a commented settings file from an export; exit code 1 if something is missing without which no history can be read."""
    from features.scaffold import draft
    from features.scaffold.corrections import NO_CORRECTIONS, Corrections

    if file.exists():
        raise FileExistsError(f"{file} is there already: move it away, or name another with --out.")
    if not file.parent.is_dir():
        raise FileNotFoundError(
            f"There is no folder {file.parent} for the settings: make it, or name another with --out."
        )
    known = NO_CORRECTIONS if corrections is None else Corrections.model_validate_json(corrections.read_bytes())
    drafted = draft(folder, file.parent, known, datetime.now(UTC))
    file.write_text(drafted.text, encoding="utf-8")
    if checks and not drafted.problem:
        drafted = _tried(drafted, file)
        file.write_text(drafted.text, encoding="utf-8")
    if as_json:
        print_json({"problem": drafted.problem, "asked": drafted.asked.model_dump(mode="json")})
    else:
        print_drafted(out, drafted, file)
    raise typer.Exit(1 if drafted.problem else 0)


def _tried(drafted: "Draft", file: Path) -> "Draft":
    """Return a draft that says what `check` reads by it, of the files alone."""
    from features.records.checks import check_history
    from features.scaffold.trial import failed, tried

    try:
        settings = load_settings(file)
        return tried(drafted, check_history(settings.source, settings.lead_schema, datetime.now(UTC), settings.folder))
    except (ValueError, OSError) as error:
        return failed(drafted, error)


def check(settings: SettingsOption = DEFAULT_FILE, cluster: ClusterOption = False, as_json: JsonOption = False) -> None:
    """Read the history, report what was read, and name every broken row; exit code 1 if there is one."""
    from serving.champion.finding import differing_from_champion
    from serving.cli.printing.history import checked_json, print_checked, print_differences

    loaded = load_settings(settings)
    if cluster:
        with steps() as step, checked_parts(loaded, step) as (parts, _):
            checked = parts.report
    else:
        checked = read_history(loaded)
    differing = differing_from_champion(loaded)
    if as_json:
        print_json(checked_json(checked) | {"differences": differing})
    else:
        print_checked(out, checked)
        print_differences(out, differing)
    raise typer.Exit(1 if checked.broken else 0)


def audit(settings: SettingsOption = DEFAULT_FILE, as_json: JsonOption = False) -> None:
    """Name every column of the export that knows the outcome, or may: with evidence, and what to do."""
    from features.leaks import audit as run
    from features.leaks import read_columns
    from serving.cli.printing.history import findings_json, print_findings

    loaded = load_settings(settings)
    with steps() as step:
        step("reading the history")
        history = read_history(loaded).history
        columns = read_columns(loaded.source, loaded.lead_schema, loaded.folder, history)
        step("auditing the columns")
        findings = run(history, columns)
    if as_json:
        print_json(findings_json(findings))
    else:
        print_findings(out, findings, len(columns))
