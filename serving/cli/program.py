"""The `glengarry` command: composes the commands of `serving.cli.commands`, so that `--help` answers at once."""

import os
import sys

import typer

from serving.cli.commands.accountability import funnel, reps, sources
from serving.cli.commands.agents import mcp
from serving.cli.commands.backup import backup, doctor, restore
from serving.cli.commands.cluster import partition
from serving.cli.commands.console import err
from serving.cli.commands.crm import crm
from serving.cli.commands.history import audit, check, init
from serving.cli.commands.keys import keys
from serving.cli.commands.learning import backtest, models, refresh, train
from serving.cli.commands.messages import messages
from serving.cli.commands.outbox import outbox
from serving.cli.commands.person import letter, person
from serving.cli.commands.planning import plan, policy
from serving.cli.commands.promotion import promote, retrain, rollback
from serving.cli.commands.scoring import score
from serving.cli.commands.service import build, demo, serve
from serving.cli.commands.sessions import sessions
from serving.cli.commands.store import audit_trail, changes, db, import_, replay, rescore

app = typer.Typer(
    help="Score leads by what became of past ones.", no_args_is_help=True, add_completion=False, rich_markup_mode=None
)
for command in (
    init,
    check,
    partition,
    audit,
    train,
    refresh,
    backtest,
    plan,
    policy,
    retrain,
    promote,
    rollback,
    sources,
    funnel,
    reps,
    score,
    models,
    serve,
    mcp,
    build,
    demo,
    replay,
    rescore,
    changes,
    audit_trail,
    person,
    letter,
    backup,
    restore,
    doctor,
):
    app.command()(command)
app.command("import")(import_)
app.add_typer(crm, name="crm")
app.add_typer(db, name="db")
app.add_typer(keys, name="keys")
app.add_typer(sessions, name="sessions")
app.add_typer(outbox, name="outbox")
app.add_typer(messages, name="messages")


def main() -> None:
    """Run the command line; a rule that the user broke ends it with its message and exit code 2."""
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # threads that wait by spinning fight over cores that are busy
    try:
        app(standalone_mode=True)
    except (ValueError, OSError, LookupError) as error:
        if type(error) in (
            ValueError,
            KeyError,
            IndexError,
        ):  # our rules have names: this is a defect, to be seen whole
            raise
        err.print(str(error), style="red", markup=False, highlight=False)
        sys.exit(2)


if __name__ == "__main__":
    main()
