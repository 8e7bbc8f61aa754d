"""The settings file: what is read from it, and what is said when it cannot be used."""

from pathlib import Path

import pytest

from features.settings.schema import LeadSchema
from serving.settings.settings import STORE_VARIABLE, SettingsError, load_settings

SOUND = """
horizon_days = 30

[history]
source = "exports"

[history.leads]
table = "leads"
columns = { lead_id = "Id", budget = "Budget__c" }

[fields.budget]
role = "answer"
obstacle = "money"
values = ["none", "some"]
ordered = true

[kinds.call]
obstacle = "trust"

[training]
ages_days = [0, 7]
"""


def written(folder: Path, text: str) -> Path:
    file = folder / "glengarry.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_sound_file_gives_each_package_its_part(tmp_path: Path) -> None:
    settings = load_settings(written(tmp_path, SOUND))
    assert settings.lead_schema == LeadSchema(fields=settings.fields, kinds=settings.kinds, horizon_days=30)
    assert type(settings.lead_schema) is LeadSchema
    assert settings.source.leads.columns == {"lead_id": "Id", "budget": "Budget__c"}
    assert settings.training.ages_days == (0, 7)
    assert settings.var == tmp_path.resolve() / "var"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (
            "colour = 1\n" + SOUND,
            "colour: unknown key; allowed here: accountability, cluster, crm, decided_by, fields, forms",
        ),
        (
            SOUND.replace('table = "leads"', 'table = "leads"\nbar = 1'),
            "history.leads.bar: unknown key; allowed here: columns, continuation_rows, decimals",
        ),
        (
            SOUND.replace("ordered = true", "sorted = true"),
            "fields.budget.sorted: unknown key; allowed here: admitted, ask",
        ),
        (SOUND.replace('"answer"', '"answr"'), "fields.budget.role: Input should be 'answer', 'channel'"),
        (
            SOUND.replace("horizon_days = 30", "horizon_days = 0"),
            "horizon_days: Input should be greater than or equal to 1, got 0",
        ),
        (SOUND.replace("[0, 7]", "[7, 0]"), "training.ages_days: must be ages in days that rise"),
        (SOUND.replace("budget = ", "bugdet = "), "history.leads.columns: 'bugdet' is not allowed here: use one of"),
        (
            'folder = "/"\n' + SOUND,
            "folder: unknown key; allowed here: accountability, cluster, crm, decided_by, fields, forms",
        ),
        (SOUND + '[service]\nhost = ""', "service.host: String should match pattern"),
        (SOUND + "[service]\nport = true", "service.port: Input should be a valid integer, got True"),
        (SOUND.replace("[0, 7]", "[0, 3651]"), "training.ages_days.1: Input should be less than or equal to 3650"),
        ("horizon_days = ", "is not TOML in UTF-8"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_by_name(tmp_path: Path, wrong: str, message: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load_settings(written(tmp_path, wrong))
    assert message in str(refused.value)


@pytest.mark.parametrize(
    "wrong",
    [
        SOUND.replace('source = "exports"', 'sourc = "postgresql://crm:hush@db/leads"'),
        SOUND.replace('source = "exports"', 'sourc = "postgresql://db/leads?user=crm&password=hush"'),
        SOUND.replace('source = "exports"', f'sourc = "postgresql://{"c" * 60}:hush{"h" * 60}@db/leads"'),
        SOUND.replace('"answer"', '"postgresql://crm:hush@db"'),
        SOUND.replace("budget = ", '"postgresql://crm:hush@db" = '),
        SOUND + '"postgresql://crm:hush@db" = 1',
    ],
)
def test_no_error_shows_the_password_of_an_address(tmp_path: Path, wrong: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load_settings(written(tmp_path, wrong))
    error: BaseException | None = refused.value
    while error is not None:
        assert "hush" not in str(error)
        error = None if error.__suppress_context__ else error.__context__


@pytest.mark.parametrize(
    ("shown", "of_amounts", "both"),
    [
        ("", "EUR", ("EUR", "EUR")),
        ("€", "", ("€", "EUR")),
        ("€", "EUR", ("€", "EUR")),
        ("pts", "", ("pts", "")),
        ("", "", ("", "")),
    ],
)
def test_currency_is_named_once(tmp_path: Path, shown: str, of_amounts: str, both: tuple[str, str]) -> None:
    outcomes = f'[history.outcomes]\ntable = "outcomes"\ncurrency = "{of_amounts}"\n'
    settings = load_settings(written(tmp_path, f'{SOUND}\n{outcomes}[service]\ncurrency = "{shown}"\n'))

    assert (settings.service.currency, settings.source.outcomes[0].currency) == both


def test_two_currencies_are_refused(tmp_path: Path) -> None:
    outcomes = '[history.outcomes]\ntable = "outcomes"\ncurrency = "EUR"\n'

    with pytest.raises(SettingsError, match="got '£' beside EUR"):
        load_settings(written(tmp_path, f'{SOUND}\n{outcomes}[service]\ncurrency = "£"\n'))


def test_ids_that_people_type_are_those_that_are_kept(tmp_path: Path) -> None:
    settings = load_settings(written(tmp_path, SOUND.replace("[history]", '[history]\nid_form = ["strip", "integer"]')))

    assert settings.lead_id(" 1000.0") == "1000"


def test_a_missing_file_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"write one with `glengarry init FOLDER`"):
        load_settings(tmp_path / "none.toml")


@pytest.mark.parametrize("history", ["", '[history]\nsource = "store"'])
def test_settings_without_another_history_learn_from_the_store(tmp_path: Path, history: str) -> None:
    settings = load_settings(written(tmp_path, history))

    assert settings.learns_from == "store"
    assert (
        settings.source.source
        == settings.store_url
        == f"sqlite:///{(tmp_path.resolve() / 'var' / 'store.db').as_posix()}"
    )
    assert load_settings(written(tmp_path, SOUND)).learns_from == "files and store"
    alone = load_settings(written(tmp_path, f"{SOUND}\n[store]\nlearned_from = false\n"))
    assert alone.learns_from == "files"
    with pytest.raises(SettingsError, match=r"store.learned_from: must be true where no export is named"):
        load_settings(written(tmp_path, "[store]\nlearned_from = false\n"))


def test_store_as_a_history_needs_no_mapping(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r'history\.leads: must not stand beside source = "store"'):
        load_settings(written(tmp_path, '[history]\nsource = "store"\n[history.leads]\ntable = "leads"'))


def test_store_lies_where_its_address_says(tmp_path: Path) -> None:
    settings = load_settings(written(tmp_path, SOUND + '[store]\nurl = "postgresql://db/leads"'))

    assert settings.store_url == "postgresql://db/leads"


def test_the_environment_says_where_the_store_is_before_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(STORE_VARIABLE, "postgresql://ann@db/leads")
    file = tmp_path / "glengarry.toml"
    file.write_text('[store]\nurl = "sqlite:///leads.db"\n')

    settings = load_settings(file)

    assert settings.store_url == settings.source.source == "postgresql://ann@db/leads"


def test_what_is_written_goes_where_the_settings_say(tmp_path: Path) -> None:
    assert load_settings(written(tmp_path, 'output = "elsewhere"\n' + SOUND)).var == tmp_path.resolve() / "elsewhere"
    assert load_settings(written(tmp_path, f'output = "{tmp_path.as_posix()}/far"\n' + SOUND)).var == tmp_path / "far"
