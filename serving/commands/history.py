"""Commands on a history: draft its settings, check it, look for leaks."""

from pathlib import Path
from typing import Annotated

import typer

from serving.commands.console import JsonOption, SettingsOption, out, print_json, read_history, steps
from serving.settings import DEFAULT_FILE, load_settings


def init(
    folder: Annotated[Path, typer.Argument(help="A folder of CSV or Parquet files.", exists=True, file_okay=False)],
    file: Annotated[Path, typer.Option("--out", help="The settings file to write.")] = DEFAULT_FILE,
) -> None:
    """Draft a commented settings file from an export."""
    from features.draft import draft_settings

    if file.exists():
        raise FileExistsError(f"{file} is there already: move it away, or name another with --out.")
    text = draft_settings(folder, file.parent)
    file.write_text(text, encoding="utf-8")
    out.print(f"Wrote {file}. Read what it guessed, then run: glengarry check --settings {file}", soft_wrap=True)


def check(settings: SettingsOption = DEFAULT_FILE, as_json: JsonOption = False) -> None:
    """Read the history, report what was read, and name every broken row; exit code 1 if there is one."""
    from serving.printing.history import checked_json, print_checked

    checked = read_history(load_settings(settings))
    if as_json:
        print_json(checked_json(checked))
    else:
        print_checked(out, checked)
    raise typer.Exit(1 if checked.broken else 0)


def audit(settings: SettingsOption = DEFAULT_FILE, as_json: JsonOption = False) -> None:
    """Name every column of the export that knows the outcome, or may: with evidence, and what to do."""
    from features.leaks import audit as run
    from features.leaks import read_columns
    from serving.printing.history import findings_json, print_findings

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
