"""Sixteen exports that were written before what they found was mended: words of a trade's own, planned days, logs, years apart."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from bench._exports.cells import by_end, dotted, euro, excel_days, french, iso, mail, only, planned, since, uk
from bench._exports.company import EXPORTED, Lead
from bench._exports.files import table, text_of, workbook, write
from bench._exports.truth import ACCOUNT, ANSWER, CHANNEL, CONTACT, FACT, LATE, OUT, OUTCOME, PROFILE, Col, Truth, truth
from bench._exports.words import BUDGETS, HURRY, PRODUCTS, REASONS, REPS, SOURCES


def wedding_venue(folder: Path, leads: list[Lead]) -> Truth:
    """Write a venue's enquiries: booked, held and paid in words of its own, a deposit for all of them, a wedding to come."""

    def state(lead: Lead) -> str:
        if lead.won:
            held = planned(lead, 60) < EXPORTED
            return "Event held" if held and lead.n % 2 else ("Booked", "Deposit paid", "Booked")[lead.stage]
        return (
            ("Chose another venue", "Budget too small", "Went quiet")[lead.reason] if lead.lost else "Viewing arranged"
        )

    columns = [
        Col("Enquiry Ref", lambda lead: f"W-{lead.n + 300}"),
        Col("Received", lambda lead: uk(lead.created)),
        Col("Couple", lambda lead: f"{lead.first} & {lead.last}", CONTACT),
        Col("Wedding date", lambda lead: uk(planned(lead, 60)), ANSWER + LATE),
        Col("Guests", lambda lead: 30 + lead.size % 150, ANSWER, "number"),
        Col("Season", lambda lead: ("Spring", "Summer", "Autumn", "Winter")[lead.product], (*ANSWER, "context")),
        Col("How heard", lambda lead: SOURCES["en"][lead.source], CHANNEL),
        Col("Status", state, OUTCOME),
        Col("Status date", lambda lead: uk(since(lead, 2)), OUTCOME),
        Col("Deposit", only("won", lambda lead: f"£{500 + lead.n % 7 * 100}"), FACT),
        Col("Coordinator", lambda lead: REPS[lead.rep], FACT),
    ]
    write(folder, "enquiries.csv", text_of(table(columns, leads)))
    return truth(columns, leads, "Enquiry Ref", "Received", ("Status date",))


def gym_joiners(folder: Path, leads: list[Lead]) -> Truth:
    """Write a gym's walk-ins: joined, did not join, or still on the free week; plan and fee for joiners alone."""
    columns = [
        Col("Visitor", lambda lead: 8000 + lead.n),
        Col("First Visit", lambda lead: uk(lead.created)),
        Col("Goal", lambda lead: ("Weight", "Strength", "Rehab", "Fun")[lead.product], ANSWER, "category"),
        Col("Heard Through", lambda lead: SOURCES["en"][lead.source], CHANNEL),
        Col("Wants To Start", lambda lead: HURRY["en"][lead.hurry], ANSWER, "category"),
        Col("Result", by_end("Joined", "Did not join", "Free week"), OUTCOME),
        Col("Decided On", lambda lead: uk(lead.closed), OUTCOME),
        Col(
            "Membership Start", only("won", lambda lead: uk((lead.closed or EXPORTED) + timedelta(days=3))), LATE + OUT
        ),
        Col("Plan", only("won", lambda lead: ("Basic", "Plus", "Premium")[lead.stage]), LATE + OUT),
        Col("Monthly Fee", only("won", lambda lead: 20 + lead.stage * 15), FACT),
        Col("Trainer", lambda lead: REPS[lead.rep], FACT + ANSWER),
    ]
    write(folder, "walk-ins.csv", text_of(table(columns, leads)))
    return truth(columns, leads, "Visitor", "First Visit", ("Decided On",))


def solar_german(folder: Path, leads: list[Lead]) -> Truth:
    """Write a German installer of solar roofs: states of its own, a confirmed order's number, delivery to come."""

    def state(lead: Lead) -> str:
        if lead.won:
            return ("In Montage", "AB versendet", "Abgenommen")[lead.stage]
        return ("Dach ungeeignet", "Zurückgestellt", "Anderer Anbieter")[lead.reason] if lead.lost else "Angebot raus"

    columns = [
        Col("Projekt", lambda lead: f"PV{lead.n:05d}"),
        Col("Anfrage vom", lambda lead: dotted(lead.created)),
        Col("Interessent", lambda lead: f"{lead.first} {lead.last}", CONTACT),
        Col("Dachfläche m²", lambda lead: 20 + lead.size % 120, ANSWER, "number"),
        Col("Speicher gewünscht", lambda lead: "ja" if lead.newsletter else "nein", ANSWER, "flag"),
        Col("Herkunft", lambda lead: SOURCES["de"][lead.source], CHANNEL),
        Col("Projektstand", state, OUTCOME),
        Col("Stand seit", lambda lead: dotted(since(lead, 4)), OUTCOME),
        Col("AB-Nr", only("won", lambda lead: f"AB-{24000 + lead.n}"), LATE + OUT),
        Col("Auftrag", by_end("ja", "nein", "nein"), OUTCOME),
        Col(
            "Liefertermin", only("won", lambda lead: dotted((lead.closed or EXPORTED) + timedelta(days=90))), LATE + OUT
        ),
        Col("Auftragssumme", only("won", lambda lead: euro(lead.amount)), FACT),
    ]
    write(folder, "projekte.csv", text_of(table(columns, leads), delimiter=";"), "cp1252")
    return truth(columns, leads, "Projekt", "Anfrage vom", ("Stand seit",))


def clinic_log(folder: Path, leads: list[Lead]) -> Truth:
    """Write a clinic's log and nothing else: each row a step of a patient, whose own columns stand in every row."""
    header = ["Patient No", "Treatment", "Source", "Age band", "Step", "Date"]
    rows: list[list[Any]] = []
    for lead in leads:
        own = [
            f"P{lead.n + 2000}",
            ("Implant", "Braces", "Whitening", "Crown")[lead.product],
            SOURCES["en"][lead.source],
        ]
        own.append(("18-30", "31-50", "51+")[lead.country % 3])
        steps = [(lead.created, "Enquiry"), *((call, "Consultation") for call in lead.calls)]
        if lead.closed:
            steps.append((lead.closed, "Treatment accepted" if lead.won else "Declined"))
        rows += [[*own, step, f"{when:%Y-%m-%d %H:%M}"] for when, step in sorted(steps)]
    rows.sort(key=lambda row: row[-1])
    write(folder, "patient_log.csv", text_of([header, *rows]))
    roles = {"Treatment": ANSWER, "Source": CHANNEL, "Age band": PROFILE + ANSWER}
    return _counted(
        leads, "Patient No", "Date", ("Date",), roles, {"Treatment": "category"}, sum(len(lead.calls) for lead in leads)
    )


def _counted(
    leads: Sequence[Lead],
    lead_id: str,
    created: str,
    closed: tuple[str, ...],
    roles: Mapping[str, tuple[str, ...]],
    types: dict[str, str],
    events: int = 0,
) -> Truth:
    won, lost = sum(lead.won for lead in leads), sum(lead.lost for lead in leads)
    return Truth(won, lost, len(leads) - won - lost, lead_id, created, closed, dict(roles), types, events)


def forecast_crm(folder: Path, leads: list[Lead]) -> Truth:
    """Write deals of a CRM whose forecast is 0 and 100 once they are closed, in a column of another name."""
    columns = [
        Col("deal_id", lambda lead: 51_000 + lead.n),
        Col("opened_at", lambda lead: iso(lead.created)),
        Col("confidence_pct", lambda lead: {"won": 100, "lost": 0}.get(lead.end, 20 + lead.n % 6 * 10), LATE),
        Col(
            "pipeline_stage",
            lambda lead: {"won": "Deal", "lost": "No deal"}.get(lead.end, ("Demo", "Offer", "Call")[lead.stage]),
            OUTCOME,
        ),
        Col("seats", lambda lead: 1 + lead.visits, ANSWER, "number"),
        Col("budget", lambda lead: BUDGETS["en"][lead.budget], ANSWER, "category"),
        Col("utm_source", lambda lead: SOURCES["en"][lead.source], CHANNEL),
        Col("closed_at", lambda lead: iso(lead.closed), OUTCOME),
        Col("next_step_date", lambda lead: f"{lead.created + timedelta(days=30):%Y-%m-%d}", LATE + OUT),
        Col("email", mail, CONTACT),
    ]
    write(folder, "deals.csv", text_of(table(columns, leads)))
    return truth(columns, leads, "deal_id", "opened_at", ("closed_at",))


def stage_moves(folder: Path, leads: list[Lead]) -> Truth:
    """Write leads, and moves of their stage with the one before and the one after."""
    columns = [
        Col("lead_key", lambda lead: f"lk_{lead.n:05d}"),
        Col("created_on", lambda lead: iso(lead.created)),
        Col("origin", lambda lead: SOURCES["en"][lead.source], CHANNEL),
        Col("product_interest", lambda lead: PRODUCTS[lead.product], ANSWER, "category"),
        Col("team_size", lambda lead: lead.size, PROFILE + ANSWER, "number"),
    ]
    write(folder, "leads.csv", text_of(table(columns, leads)))
    moves: list[tuple[str, str, str, str | None]] = []
    for lead in leads:
        key, at = f"lk_{lead.n:05d}", "New"
        for call, name in zip(lead.calls, ("Contacted", "Demo", "Proposal"), strict=False):
            moves.append((key, at, name, iso(call)))
            at = name
        if lead.closed:
            moves.append((key, at, "Won" if lead.won else "Lost", iso(lead.closed)))
            if lead.lost and lead.n % 12 == 0:
                moves.append((key, "Lost", "Nurture", iso(lead.closed + timedelta(days=1))))
    moves.sort(key=lambda move: str(move[3]))
    write(folder, "stage_moves.csv", text_of([("lead_key", "from_stage", "to_stage", "moved_at"), *moves]))
    again = sum(lead.lost and lead.n % 12 == 0 for lead in leads)
    right = truth(columns, leads, "lead_key", "created_on", ("moved_at",))
    roles = (right.lead_id, right.created, right.closed, right.roles, right.types)
    return Truth(right.won, right.lost - again, right.open + again, *roles)


def years_of_school(folder: Path, leads: list[Lead]) -> Truth:
    """Write a Dutch school's applications, a file a year, the older one with days written another way."""
    columns = [
        Col("Aanmeldnr", lambda lead: f"A{lead.n + 4000}"),
        Col(
            "Aangemeld op",
            lambda lead: f"{lead.created:%d-%m-%Y}" if lead.created.year > 2025 else f"{lead.created:%Y-%m-%d}",
        ),
        Col("Leerling", lambda lead: f"{lead.first} {lead.last}", CONTACT),
        Col(
            "Gewenste richting",
            lambda lead: ("Techniek", "Zorg", "Economie", "Kunst")[lead.product],
            ANSWER,
            "category",
        ),
        Col("Via", lambda lead: ("Site", "Vrienden", "Beurs", "Lijst", "Telefoon")[lead.source], CHANNEL),
        Col("Uitkomst", by_end("Ingeschreven", "Afgezien", "In behandeling"), OUTCOME),
        Col(
            "Besluit op",
            lambda lead: (
                lead.closed and (f"{lead.closed:%d-%m-%Y}" if lead.created.year > 2025 else f"{lead.closed:%Y-%m-%d}")
            ),
            OUTCOME,
        ),
        Col("Leerlingnummer", only("won", lambda lead: 70_000 + lead.n), LATE + OUT),
        Col(
            "Startdatum", only("won", lambda lead: f"{lead.closed.year + 1}-09-01" if lead.closed else None), LATE + OUT
        ),
    ]
    for year in sorted({lead.created.year for lead in leads}):
        own = [lead for lead in leads if lead.created.year == year]
        write(folder, f"aanmeldingen_{year}.csv", text_of(table(columns, own), delimiter=";"))
    return truth(columns, leads, "Aanmeldnr", "Aangemeld op", ("Besluit op",))


def two_ways_to_close(folder: Path, leads: list[Lead]) -> Truth:
    """Write a Spanish insurer's requests: the policy's day with a clock, that of the refusal without, in other ways of writing."""
    columns = [
        Col("Solicitud", lambda lead: f"S-{lead.n:06d}"),
        Col("Fecha solicitud", lambda lead: french(lead.created)),
        Col("Ramo", lambda lead: ("Auto", "Hogar", "Vida", "Salud")[lead.product], ANSWER, "category"),
        Col("Procedencia", lambda lead: SOURCES["es"][lead.source], CHANNEL),
        Col("Siniestros previos", lambda lead: lead.visits, ANSWER, "number"),
        Col("Fecha emisión póliza", only("won", lambda lead: iso(lead.closed)), OUTCOME),
        Col(
            "Fecha rechazo",
            only("lost", lambda lead: lead.closed and f"{lead.closed.day}/{lead.closed.month}/{lead.closed.year}"),
            OUTCOME,
        ),
        Col("Nº póliza", only("won", lambda lead: f"POL{lead.n + 100_000}"), LATE + OUT),
        Col("Motivo rechazo", only("lost", lambda lead: REASONS["es"][lead.reason]), FACT),
    ]
    write(folder, "solicitudes.csv", text_of(table(columns, leads), delimiter=";"))
    return truth(columns, leads, "Solicitud", "Fecha solicitud", ("Fecha emisión póliza", "Fecha rechazo"))


def machines_polish(folder: Path, leads: list[Lead]) -> Truth:
    """Write offers of a Polish maker of machines in a workbook: serial days, a delivery to come, an order's number."""
    states = {"won": "Zamówienie", "lost": "Rezygnacja", "open": "Oferta wysłana"}

    def serial(when: datetime | None) -> Any:
        days = excel_days(when)
        return None if days is None else int(days)

    columns = [
        Col("Nr oferty", lambda lead: f"OF/{lead.n + 1:04d}/25"),
        Col("Data zapytania", lambda lead: serial(lead.created)),
        Col("Firma", lambda lead: lead.company, ACCOUNT),
        Col("Maszyna", lambda lead: ("Tokarka", "Frezarka", "Prasa", "Robot")[lead.product], ANSWER, "category"),
        Col("Liczba sztuk", lambda lead: 1 + lead.visits, ANSWER, "number"),
        Col("Źródło", lambda lead: ("Strona", "Polecenie", "Targi", "Lista", "Telefon")[lead.source], CHANNEL + ANSWER),
        Col("Etap", lambda lead: states[lead.end], OUTCOME),
        Col("Data decyzji", lambda lead: serial(lead.closed), OUTCOME),
        Col("Nr zamówienia", only("won", lambda lead: f"ZAM/{lead.n}"), LATE + OUT),
        Col("Termin dostawy", lambda lead: serial(planned(lead)), LATE + ANSWER),
        Col("Wartość PLN", lambda lead: round(lead.amount), FACT),
    ]
    workbook(folder, "oferty.xlsx", {"Oferty": table(columns, leads)})
    return truth(columns, leads, "Nr oferty", "Data zapytania", ("Data decyzji",))


def homes_italian(folder: Path, leads: list[Lead]) -> Truth:
    """Write buyers of an Italian estate agent: a preliminary contract, a deed that is planned, those who gave it up."""

    def state(lead: Lead) -> str:
        if lead.won:
            return ("Preliminare", "Rogitato", "Preliminare")[lead.stage]
        return ("Mutuo negato", "Sparito", "Altra agenzia")[lead.reason] if lead.lost else "Visita fissata"

    columns = [
        Col("Cod. contatto", lambda lead: f"CT{lead.n:05d}"),
        Col("Data contatto", lambda lead: uk(lead.created)),
        Col("Nominativo", lambda lead: f"{lead.first} {lead.last}", CONTACT),
        Col("Zona", lambda lead: ("Centro", "Nord", "Sud", "Mare")[lead.country], ANSWER + PROFILE),
        Col("Locali", lambda lead: 1 + lead.visits, ANSWER, "number"),
        Col("Canale", lambda lead: ("Sito", "Passaparola", "Fiera", "Lista", "Telefono")[lead.source], CHANNEL),
        Col("Situazione", state, OUTCOME),
        Col("Chiuso il", lambda lead: uk(lead.closed), OUTCOME),
        Col("Caparra", only("won", lambda lead: euro(lead.amount)), FACT),
        Col(
            "Rogito previsto", only("won", lambda lead: uk((lead.closed or EXPORTED) + timedelta(days=80))), LATE + OUT
        ),
        Col("Agente", lambda lead: REPS[lead.rep], FACT),
    ]
    write(folder, "acquirenti.csv", text_of(table(columns, leads), delimiter=";"))
    return truth(columns, leads, "Cod. contatto", "Data contatto", ("Chiuso il",))


def broker_french(folder: Path, leads: list[Lead]) -> Truth:
    """Write a French broker's prospects and, in a second file, the contracts: a number, a premium, an effect to come."""
    ends = {"won": "Contrat émis", "lost": "Classé sans suite", "open": "Devis envoyé"}
    columns = [
        Col("N° dossier", lambda lead: f"D{lead.n:06d}"),
        Col("Date de demande", lambda lead: uk(lead.created)),
        Col("Risque", lambda lead: ("Auto", "Habitation", "Santé", "Décennale")[lead.product], ANSWER, "category"),
        Col("Apporteur", lambda lead: SOURCES["fr"][lead.source], CHANNEL),
        Col("Déjà assuré", lambda lead: "oui" if lead.asked_before else "non", ANSWER + PROFILE, "flag"),
        Col("Étape", lambda lead: ends[lead.end], OUTCOME),
        Col("Date étape", lambda lead: uk(since(lead, 3)), OUTCOME),
    ]
    write(folder, "dossiers.csv", text_of(table(columns, leads), delimiter=";"), "cp1252")
    contracts = [
        (f"C{lead.n + 9000}", f"D{lead.n:06d}", uk((lead.closed or EXPORTED) + timedelta(days=40)), euro(lead.amount))
        for lead in leads
        if lead.won
    ]
    head = ("N° contrat", "N° dossier", "Date d'effet", "Prime annuelle")
    write(folder, "contrats.csv", text_of([head, *contracts], delimiter=";"), "cp1252")
    return truth(columns, leads, "N° dossier", "Date de demande", ("Date étape",))


def saas_plans(folder: Path, leads: list[Lead]) -> Truth:
    """Write sign-ups of a software house: plan and seats paid for once they pay, a trial's end that is planned for all."""
    columns = [
        Col("workspace_id", lambda lead: f"ws_{lead.n * 7919 % 99991:05d}"),
        Col("signed_up", lambda lead: lead.created.isoformat() + "Z"),
        Col("email", mail, CONTACT),
        Col("use_case", lambda lead: PRODUCTS[lead.product], ANSWER, "category"),
        Col("team_size", lambda lead: BUDGETS["en"][lead.budget].replace(",000", "0"), ANSWER + PROFILE),
        Col("utm_campaign", lambda lead: SOURCES["en"][lead.source], CHANNEL),
        Col("lifecycle", by_end("paying", "expired", "in_trial"), OUTCOME),
        Col("lifecycle_since", lambda lead: (lead.closed or lead.created).isoformat() + "Z", OUTCOME),
        Col("trial_ends", lambda lead: f"{lead.created + timedelta(days=60):%Y-%m-%d}", LATE + ANSWER),
        Col("plan", only("won", lambda lead: ("starter", "team", "scale")[lead.stage]), LATE + OUT),
        Col("paid_seats", only("won", lambda lead: 1 + lead.visits), LATE + OUT),
        Col("mrr_usd", lambda lead: 29 * (1 + lead.visits) if lead.won else 0, FACT),
    ]
    write(folder, "workspaces.csv", text_of(table(columns, leads)))
    return truth(columns, leads, "workspace_id", "signed_up", ("lifecycle_since",))


def dentist_spanish(folder: Path, leads: list[Lead]) -> Truth:
    """Write a Spanish clinic's estimates: a flag of one letter, the number of a case for those who began, the next visit."""
    columns = [
        Col("Nº ppto", lambda lead: lead.n + 1),
        Col("Fecha ppto", lambda lead: uk(lead.created)),
        Col("Paciente", lambda lead: f"{lead.first} {lead.last}", CONTACT),
        Col(
            "Tratamiento",
            lambda lead: ("Implante", "Ortodoncia", "Blanqueo", "Corona")[lead.product],
            ANSWER,
            "category",
        ),
        Col("Conocido por", lambda lead: SOURCES["es"][lead.source], CHANNEL + ANSWER),
        Col("Urgencia", lambda lead: HURRY["es"][lead.hurry], ANSWER, "category"),
        Col("Aceptado", by_end("S", "N"), OUTCOME),
        Col("Fecha respuesta", lambda lead: uk(lead.closed), OUTCOME),
        Col("Próxima cita", lambda lead: uk(planned(lead, 20)) if not lead.lost else None, LATE + OUT),
        Col("Nº caso", only("won", lambda lead: f"C-{lead.n + 500}"), LATE + OUT),
        Col("Importe", lambda lead: f"{euro(lead.amount)} €", FACT),
    ]
    write(folder, "presupuestos.csv", text_of(table(columns, leads), delimiter=";"), "cp1252")
    return truth(columns, leads, "Nº ppto", "Fecha ppto", ("Fecha respuesta",))


def offers_excel(folder: Path, leads: list[Lead]) -> Truth:
    """Write a German dealer's offers with lines above, true days in cells, ordered yes or no, and a week of delivery."""
    columns = [
        Col("Angebots-Nr.", lambda lead: f"AN-{2000 + lead.n}"),
        Col("Angebotsdatum", lambda lead: date(lead.created.year, lead.created.month, lead.created.day)),
        Col("Kunde", lambda lead: lead.company, ACCOUNT),
        Col("Maschinentyp", lambda lead: PRODUCTS[lead.product], ANSWER, "category"),
        Col("Anfrageweg", lambda lead: SOURCES["de"][lead.source], CHANNEL + ANSWER),
        Col("Bestellt?", by_end("ja", "nein", "offen"), OUTCOME),
        Col("Rückmeldung am", lambda lead: lead.closed and lead.closed.date(), OUTCOME),
        Col("AB-Nr", only("won", lambda lead: 310_000 + lead.n), LATE + OUT),
        Col("Lieferung KW", only("won", lambda lead: f"KW {lead.n % 52 + 1}"), LATE + OUT),
        Col("Absagegrund", only("lost", lambda lead: REASONS["de"][lead.reason]), FACT),
        Col("Angebotswert", lambda lead: lead.amount, FACT),
    ]
    rows = [["Angebotsliste Maschinen"], ["Stand 01.03.2026"], [], *table(columns, leads)]
    workbook(folder, "Angebote.xlsx", {"Liste": rows})
    return truth(columns, leads, "Angebots-Nr.", "Angebotsdatum", ("Rückmeldung am",))


def tours_log(folder: Path, leads: list[Lead]) -> Truth:
    """Write a nursery's log, newest first: every row a contact of a family, with what the family asked for in each."""
    header = ["family_id", "came_in", "wanted_start", "channel", "contact_on", "what", "by"]
    rows: list[list[Any]] = []
    for lead in leads:
        own = [f"F{lead.n + 100}", f"{lead.created:%Y-%m-%d}", HURRY["en"][lead.hurry], SOURCES["en"][lead.source]]
        steps = [(lead.created, "first contact"), *((call, "tour") for call in lead.calls)]
        if lead.closed:
            steps.append((lead.closed, "place taken" if lead.won else "withdrew"))
        rows += [[*own, f"{when:%Y-%m-%d}", what, REPS[lead.rep]] for when, what in steps]
    rows.sort(key=lambda row: row[4], reverse=True)
    write(folder, "contacts.csv", text_of([header, *rows]))
    roles = {"wanted_start": ANSWER, "channel": CHANNEL}
    events = sum(len(lead.calls) for lead in leads)
    return _counted(leads, "family_id", "came_in", ("contact_on",), roles, {"wanted_start": "category"}, events)


def cancelled_after(folder: Path, leads: list[Lead]) -> Truth:
    """Write a caterer's bookings, of which some were cancelled after the deposit: they were won, and withdrew later."""

    def state(lead: Lead) -> str:
        if lead.won:
            return "Cancelled by client" if lead.n % 9 == 0 else ("Confirmed", "Event done")[lead.n % 2]
        return ("Declined by us", "No reply")[lead.n % 2] if lead.lost else "Quote sent"

    columns = [
        Col("Job", lambda lead: f"J{lead.n + 1200}"),
        Col("Asked On", lambda lead: uk(lead.created)),
        Col("Event Date", lambda lead: uk(planned(lead, 50)), ANSWER + LATE),
        Col("Menu", lambda lead: PRODUCTS[lead.product], ANSWER, "category"),
        Col("Heads", lambda lead: 20 + lead.size % 90, ANSWER, "number"),
        Col("Came via", lambda lead: SOURCES["en"][lead.source], CHANNEL),
        Col("Status", state, OUTCOME),
        Col("Settled On", lambda lead: uk(lead.closed), OUTCOME),
        Col("Deposit", only("won", lambda lead: 100 + lead.n % 8 * 50), FACT),
    ]
    write(folder, "jobs.csv", text_of(table(columns, leads)))
    return truth(columns, leads, "Job", "Asked On", ("Settled On",))


SEVENTH_SIXTEEN = (
    *(wedding_venue, gym_joiners, solar_german, clinic_log, forecast_crm, stage_moves, years_of_school),
    *(two_ways_to_close, machines_polish, homes_italian, broker_french, saas_plans, dentist_spanish),
    *(offers_excel, tours_log, cancelled_after),
)
