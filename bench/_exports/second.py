"""Fifteen more exports, written when the draft was done: on these its first-time figures are measured."""

from datetime import timedelta
from pathlib import Path

from openpyxl import Workbook

from bench._exports.cells import euro, excel_days, french, german, iso, mail, milliseconds, only, sf_id, us, zulu
from bench._exports.company import EXPORTED, Lead
from bench._exports.files import table, text_of, write
from bench._exports.truth import ACCOUNT, ANSWER, CHANNEL, CONTACT, FACT, LATE, OUT, OUTCOME, PROFILE, Col, Truth, truth
from bench._exports.words import BUDGETS, COUNTRIES, HURRY, INDUSTRIES, PRODUCTS, REASONS, REPS, SOURCES


def bitrix_english(folder: Path, leads: list[Lead]) -> Truth:
    """Bitrix24: a closed flag, stages that name the win alone, comments by the rep."""
    columns = [
        Col("ID", lambda lead: lead.n + 21),
        Col("Deal name", lambda lead: f"Deal {lead.n}", CONTACT),
        Col(
            "Deal Stage",
            lambda lead: {"won": "Deal won", "lost": "Analyse failure"}.get(lead.end, "In progress"),
            OUTCOME,
        ),
        Col("Closed", lambda lead: "Y" if lead.end != "open" else "N", OUTCOME),
        Col("Created on", lambda lead: f"{lead.created:%d.%m.%Y %H:%M:%S}"),
        Col("Modified on", lambda lead: f"{lead.closed or EXPORTED:%d.%m.%Y %H:%M:%S}", LATE),
        Col("End date", lambda lead: lead.closed and f"{lead.closed:%d.%m.%Y %H:%M:%S}", OUTCOME),
        Col("Total", lambda lead: f"{lead.amount:.2f}", FACT),
        Col("Source", lambda lead: SOURCES["en"][lead.source], CHANNEL),
        Col("Equipment wanted", lambda lead: PRODUCTS[lead.product], ANSWER, "category"),
        Col("Previous orders", lambda lead: int(lead.asked_before) * 2, ANSWER, "number"),
        Col("Responsible person", lambda lead: REPS[lead.rep], FACT),
    ]
    write(folder, "DEAL_20260301.csv", "\ufeff" + text_of(table(columns, leads), delimiter=";", quote=1))
    return truth(columns, leads, "ID", "Created on", ("End date",))


def bookings_workbook(folder: Path, leads: list[Lead]) -> Truth:
    """Workbook of bookings, kept or cancelled: real dates, a sheet of notes beside it."""
    columns = [
        Col("Booking no", lambda lead: 5000 + lead.n),
        Col("Booked on", lambda lead: lead.created),
        Col("Guest", lambda lead: f"{lead.first} {lead.last}", CONTACT),
        Col("Booking channel", lambda lead: SOURCES["en"][lead.source], CHANNEL),
        Col("Room type", lambda lead: PRODUCTS[lead.product], ANSWER, "category"),
        Col("Nights", lambda lead: lead.visits + 1, ANSWER, "number"),
        Col("Repeat guest", lambda lead: "yes" if lead.asked_before else "no", ANSWER, "flag"),
        Col("Country", lambda lead: COUNTRIES["en"][lead.country], PROFILE),
        Col("Booking status", lambda lead: {"won": "Kept", "lost": "Cancelled"}.get(lead.end, "Booked"), OUTCOME),
        Col("Decided on", lambda lead: lead.closed, OUTCOME),
        Col("Invoice number", only("won", lambda lead: f"INV-{lead.n:04d}"), LATE + OUT),
    ]
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Bookings"
    for row in table(columns, leads):
        sheet.append([cell or None if cell != 0 else 0 for cell in row])
    notes = book.create_sheet("Notes")
    notes.append(["Made for the board"])
    folder.mkdir(parents=True)
    book.save(folder / "bookings.xlsx")
    return truth(columns, leads, "Booking no", "Booked on", ("Decided on",))


def freshsales_french(folder: Path, leads: list[Lead]) -> Truth:
    """Freshsales in French: a stage, a probability, a day of closing that is a plan for open deals."""
    ends = {"won": "Gagné", "lost": "Perdu"}
    columns = [
        Col("Identifiant", lambda lead: 16_000_000 + lead.n),
        Col("Nom de l'affaire", lambda lead: f"Affaire {lead.company}", CONTACT),
        Col("Étape", lambda lead: ends.get(lead.end, ("Nouveau", "Démonstration", "Négociation")[lead.stage]), OUTCOME),
        Col("Créé le", lambda lead: french(lead.created)),
        Col("Date de clôture prévue", lambda lead: f"{lead.due:%d/%m/%Y}", LATE),
        Col("Fermé le", lambda lead: french(lead.closed), OUTCOME),
        Col("Valeur de l'affaire", lambda lead: euro(lead.amount) + " €", FACT),
        Col("Probabilité", lambda lead: {"won": 100, "lost": 0}.get(lead.end, 30), LATE),
        Col("Campagne", lambda lead: SOURCES["fr"][lead.source], CHANNEL),
        Col("Budget annoncé", lambda lead: BUDGETS["fr"][lead.budget], ANSWER, "category"),
        Col("Secteur d'activité", lambda lead: INDUSTRIES["fr"][lead.industry], PROFILE),
        Col("Effectif", lambda lead: lead.size, PROFILE, "number"),
        Col("Propriétaire", lambda lead: REPS[lead.rep], FACT),
    ]
    write(folder, "affaires.csv", text_of(table(columns, leads), delimiter=";"), "cp1252")
    return truth(columns, leads, "Identifiant", "Créé le", ("Fermé le",))


def odoo_spanish(folder: Path, leads: list[Lead]) -> Truth:
    """Odoo in Spanish: lost is `Activo` false."""
    columns = [
        Col("ID externo", lambda lead: f"__export__.crm_lead_{lead.n}_ff01"),
        Col("Oportunidad", lambda lead: f"Oportunidad {lead.n}", CONTACT),
        Col("Creado el", lambda lead: iso(lead.created)),
        Col("Etapa", lambda lead: "Ganado" if lead.won else ("Nuevo", "Calificado", "Propuesta")[lead.stage], OUTCOME),
        Col("Activo", lambda lead: "VERDADERO" if not lead.lost else "FALSO", OUTCOME),
        Col("Fecha de cierre", lambda lead: iso(lead.closed), OUTCOME),
        Col("Ingreso esperado", lambda lead: lead.amount, LATE),
        Col("Motivo de pérdida", only("lost", lambda lead: REASONS["es"][lead.reason]), FACT),
        Col("Origen", lambda lead: SOURCES["es"][lead.source], CHANNEL),
        Col("Plazo", lambda lead: HURRY["es"][lead.hurry], ANSWER, "category"),
        Col("País", lambda lead: COUNTRIES["es"][lead.country], PROFILE),
        Col("Comercial", lambda lead: REPS[lead.rep], FACT),
    ]
    rows = table(columns, leads)
    body = [
        part for at, row in enumerate(rows[1:]) for part in ([row, [*[""] * 11, "Etiqueta"]] if at % 11 == 0 else [row])
    ]
    write(folder, "crm_lead.csv", text_of([rows[0], *body]))
    return truth(columns, leads, "ID externo", "Creado el", ("Fecha de cierre",))


def dynamics_german(folder: Path, leads: list[Lead]) -> Truth:
    """Dynamics in German: an estimated close beside the actual one."""
    ends = {"won": "Gewonnen", "lost": "Verloren", "open": "Offen"}
    columns = [
        Col("(Nicht ändern) Verkaufschance", lambda lead: f"{lead.n:08x}-aa50-e2f0-a2c2-13f215e3ee5e"),
        Col("Thema", lambda lead: f"Interesse {lead.company}", CONTACT),
        Col("Erstellt am", lambda lead: german(lead.created)),
        Col("Gesch. Abschlussdatum", lambda lead: f"{lead.due:%d.%m.%Y}", LATE),
        Col("Tatsächliches Abschlussdatum", lambda lead: lead.closed and f"{lead.closed:%d.%m.%Y}", OUTCOME),
        Col("Gesch. Umsatz", lambda lead: euro(lead.amount * 1.2), LATE),
        Col("Tatsächlicher Umsatz", only("won", lambda lead: euro(lead.amount)), FACT),
        Col("Status", lambda lead: ends[lead.end], OUTCOME),
        Col("Leadquelle", lambda lead: SOURCES["de"][lead.source], CHANNEL),
        Col("Kaufzeitraum", lambda lead: HURRY["de"][lead.hurry], ANSWER, "category"),
        Col("Branche", lambda lead: INDUSTRIES["de"][lead.industry], PROFILE),
        Col("Besitzer", lambda lead: REPS[lead.rep], FACT),
    ]
    write(folder, "Verkaufschancen.csv", text_of(table(columns, leads), delimiter=";"), "utf-16")
    return truth(columns, leads, "(Nicht ändern) Verkaufschance", "Erstellt am", ("Tatsächliches Abschlussdatum",))


def pipedrive_french(folder: Path, leads: list[Lead]) -> Truth:
    """Pipedrive in French with its activities."""
    ends = {"won": "Gagné", "lost": "Perdu", "open": "Ouvert"}
    columns = [
        Col("ID", lambda lead: lead.n + 301),
        Col("Titre", lambda lead: f"Affaire {lead.company}", CONTACT),
        Col("Valeur", lambda lead: round(lead.amount), FACT),
        Col("Affaire créée", lambda lead: iso(lead.created)),
        Col("Date de gain", only("won", lambda lead: iso(lead.closed)), OUTCOME),
        Col("Date de perte", only("lost", lambda lead: iso(lead.closed)), OUTCOME),
        Col("Date de clôture attendue", lambda lead: f"{lead.due:%Y-%m-%d}", LATE),
        Col("Statut", lambda lead: ends[lead.end], OUTCOME),
        Col("Raison de la perte", only("lost", lambda lead: REASONS["fr"][lead.reason]), FACT),
        Col("Source", lambda lead: SOURCES["fr"][lead.source], CHANNEL),
        Col("Besoin principal", lambda lead: PRODUCTS[lead.product], ANSWER, "category"),
        Col("Propriétaire", lambda lead: REPS[lead.rep], FACT),
    ]
    write(folder, "affaires.csv", text_of(table(columns, leads)))
    calls = [
        (lead.n * 10 + at, lead.n + 301, ("Appel", "E-mail", "Réunion")[at], iso(call), iso(call), REPS[lead.rep])
        for lead in leads
        for at, call in enumerate(lead.calls)
    ]
    header = ("ID activité", "ID affaire", "Type", "Date d'échéance", "Ajouté le", "Assigné à")
    write(folder, "activites.csv", text_of([header, *calls]))
    return truth(columns, leads, "ID", "Affaire créée", ("Date de gain", "Date de perte"), len(calls))


def zoho_spanish(folder: Path, leads: list[Lead]) -> Truth:
    """Zoho in Spanish: stages closed in two ways, times by twelve hours."""
    ends = {"won": "Cerrado ganado", "lost": "Cerrado perdido"}
    columns = [
        Col("Id de registro", lambda lead: f"zcrm_{4_000_000 + lead.n}"),
        Col("Nombre del trato", lambda lead: f"Trato {lead.n}", CONTACT),
        Col("Fase", lambda lead: ends.get(lead.end, "Negociación"), OUTCOME),
        Col("Importe", lambda lead: f"€ {euro(lead.amount)}", FACT),
        Col("Fecha de cierre", lambda lead: f"{lead.closed or lead.due:%d/%m/%Y}", OUTCOME),
        Col("Hora de creación", lambda lead: f"{lead.created:%d/%m/%Y %I:%M %p}"),
        Col("Fuente de posible cliente", lambda lead: SOURCES["es"][lead.source], CHANNEL),
        Col("Presupuesto", lambda lead: BUDGETS["es"][lead.budget], ANSWER, "category"),
        Col("Boletín", lambda lead: "sí" if lead.newsletter else "no", ANSWER + CHANNEL, ""),
        Col("Empleados", lambda lead: lead.size, PROFILE, "number"),
        Col("Propietario de trato", lambda lead: REPS[lead.rep], FACT),
    ]
    write(folder, "Tratos.csv", text_of(table(columns, leads)))
    return truth(columns, leads, "Id de registro", "Hora de creación", ("Fecha de cierre",))


def hubspot_german(folder: Path, leads: list[Lead]) -> Truth:
    """HubSpot in German: contacts with mails, a deals file that says how they ended."""
    columns = [
        Col("Datensatz-ID", lambda lead: 77_000 + lead.n),
        Col("Vorname", lambda lead: lead.first, CONTACT),
        Col("Nachname", lambda lead: lead.last, CONTACT),
        Col("E-Mail", mail, CONTACT),
        Col("Telefonnummer", lambda lead: f"+49 30 {1_000_000 + lead.n}", CONTACT),
        Col("Erstellungsdatum", lambda lead: f"{lead.created:%Y-%m-%d %H:%M}"),
        Col("Ursprüngliche Quelle", lambda lead: SOURCES["de"][lead.source], CHANNEL),
        Col("Budgetrahmen", lambda lead: BUDGETS["de"][lead.budget], ANSWER, "category"),
        Col("Position", lambda lead: ("Geschäftsführer", "Einkauf", "IT-Leiter")[lead.stage], PROFILE),
        Col("Land/Region", lambda lead: COUNTRIES["de"][lead.country], PROFILE),
    ]
    write(folder, "kontakte.csv", text_of(table(columns, leads)))
    header = ("Deal-ID", "Zugehörige Kontakt-ID", "Deal-Phase", "Abschlussdatum", "Betrag", "Zuständiger Mitarbeiter")
    phase = {"won": "Abgeschlossen und gewonnen", "lost": "Abgeschlossen und verloren", "open": "Termin vereinbart"}
    deals = [
        (
            *(f"D{lead.n}", 77_000 + lead.n, phase[lead.end], lead.closed and f"{lead.closed:%Y-%m-%d %H:%M}"),
            *(lead.amount, REPS[lead.rep]),
        )
        for lead in leads
    ]
    rows = [tuple("" if cell is None else cell for cell in deal) for deal in deals]
    write(folder, "deals.csv", text_of([header, *rows]))
    return truth(columns, leads, "Datensatz-ID", "Erstellungsdatum", ("Abschlussdatum",))


def sugar_items(folder: Path, leads: list[Lead]) -> Truth:
    """SugarCRM: a row a product, so that an opportunity stands in several rows."""
    columns = [
        Col("Opportunity ID", lambda lead: f"op-{lead.n:05d}"),
        Col("Date Created", lambda lead: us(lead.created)),
        Col(
            "Sales Stage",
            lambda lead: {"won": "Closed Won", "lost": "Closed Lost"}.get(lead.end, "Prospecting"),
            OUTCOME,
        ),
        Col("Date Closed", lambda lead: us(lead.closed or lead.due), OUTCOME),
        Col("Lead Source", lambda lead: SOURCES["en"][lead.source], CHANNEL),
        Col("Timeframe", lambda lead: HURRY["en"][lead.hurry], ANSWER, "category"),
        Col("Assigned User", lambda lead: REPS[lead.rep], FACT),
        Col("Line Amount", lambda lead: lead.amount, FACT),
        Col("Line Product", lambda lead: PRODUCTS[lead.product], ()),
    ]
    rows = table(columns, leads)
    body = [
        part for row in rows[1:] for part in ([row, [*row[:-2], 10, "Extra"]] if int(row[0][-1]) % 3 == 0 else [row])
    ]
    write(folder, "opportunity_lines.csv", text_of([rows[0], *body]))
    return truth(columns, leads, "Opportunity ID", "Date Created", ("Date Closed",))


def salesforce_accounts(folder: Path, leads: list[Lead]) -> Truth:
    """Salesforce opportunities with their accounts, and tasks whose ids have 15 characters."""
    columns = [
        Col("Id", lambda lead: sf_id("006", lead.n)),
        Col("AccountId", lambda lead: sf_id("001", lead.n % 120), OUT + ACCOUNT),
        Col("StageName", lambda lead: {"won": "Closed Won", "lost": "Closed Lost"}.get(lead.end, "Proposal"), OUTCOME),
        Col("CreatedDate", lambda lead: zulu(lead.created)),
        Col("CloseDate", lambda lead: f"{lead.closed or lead.due:%Y-%m-%d}", OUTCOME),
        Col("Amount", lambda lead: lead.amount, FACT),
        Col("LeadSource", lambda lead: SOURCES["en"][lead.source], CHANNEL),
        Col("Decision_Timeline__c", lambda lead: HURRY["en"][lead.hurry], ANSWER, "category"),
        Col("OwnerId", lambda lead: f"005{lead.rep}B", FACT),
    ]
    write(folder, "Opportunity.csv", text_of(table(columns, leads)))
    accounts = [(sf_id("001", n), f"Company {n}", INDUSTRIES["en"][n % 5], n * 3 + 5) for n in range(120)]
    write(folder, "Account.csv", text_of([("Id", "Name", "Industry", "NumberOfEmployees"), *accounts]))
    tasks = [
        (
            f"00T{lead.n:08d}{at}",
            sf_id("006", lead.n, long=False),
            ("Call", "Email", "Task")[at],
            zulu(call),
            zulu(call),
        )
        for lead in leads
        for at, call in enumerate(lead.calls)
    ]
    write(folder, "Task.csv", text_of([("Id", "WhatId", "TaskSubtype", "CompletedDateTime", "CreatedDate"), *tasks]))
    right = truth(columns, leads, "Id", "CreatedDate", ("CloseDate",), len(tasks))
    right.roles.update({"account.Industry": PROFILE, "account.NumberOfEmployees": PROFILE})
    return right


def school_enrolments(folder: Path, leads: list[Lead]) -> Truth:
    """School's spreadsheet: enrolled or not, the day of the decision, a discount that was granted at the deal."""
    columns = [
        Col("Applicant no.", lambda lead: f"AP{lead.n:04d}"),
        Col("Enquiry date", lambda lead: f"{lead.created:%Y-%m-%d}"),
        Col("Age", lambda lead: 18 + lead.size % 40, PROFILE, "number"),
        Col("Gender", lambda lead: "f" if lead.newsletter else "m", PROFILE),
        Col("How did you hear of us?", lambda lead: SOURCES["en"][lead.source], CHANNEL),
        Col("Course wanted", lambda lead: PRODUCTS[lead.product], ANSWER, "category"),
        Col("Visits to open days", lambda lead: lead.visits, ANSWER, "number"),
        Col("Enrolled", lambda lead: {"won": "yes", "lost": "no"}.get(lead.end), OUTCOME),
        Col("Decision date", lambda lead: lead.closed and f"{lead.closed:%Y-%m-%d}", OUTCOME),
        Col("Discount granted", lambda lead: lead.n % 3 * 10 if lead.won else None, LATE),
        Col("Fee agreed", only("won", lambda lead: round(lead.amount)), LATE + FACT),
    ]
    write(folder, "enquiries 2026.csv", text_of(table(columns, leads)))
    return truth(columns, leads, "Applicant no.", "Enquiry date", ("Decision date",))


def orders_only(folder: Path, leads: list[Lead]) -> Truth:
    """Shop: enquiries, and the orders that some became; losses are never recorded; times in milliseconds."""
    columns = [
        Col("enquiry_id", lambda lead: f"e{lead.n:05d}"),
        Col("received_at", lambda lead: milliseconds(lead.created)),
        Col("utm_source", lambda lead: SOURCES["en"][lead.source], CHANNEL),
        Col("product_interest", lambda lead: PRODUCTS[lead.product], ANSWER, "category"),
        Col("pages_viewed", lambda lead: lead.visits, ANSWER, "number"),
        Col("country", lambda lead: COUNTRIES["en"][lead.country], PROFILE),
    ]
    write(folder, "enquiries.csv", text_of(table(columns, leads)))
    orders = [
        (f"o{lead.n}", f"e{lead.n:05d}", milliseconds(lead.closed), lead.amount, ("card", "invoice")[lead.n % 2])
        for lead in leads
        if lead.won
    ]
    write(folder, "orders.csv", text_of([("order_id", "enquiry_id", "ordered_at", "total_amount", "payment"), *orders]))
    right = truth(columns, leads, "enquiry_id", "received_at", ("ordered_at",))
    return Truth(
        right.won, 0, right.lost + right.open, *(right.lead_id, right.created, right.closed, right.roles, right.types)
    )


def two_dates(folder: Path, leads: list[Lead]) -> Truth:
    """Contractor's list: no status, only the day of acceptance or of refusal; a job id for those that were won."""
    columns = [
        Col("Quote request", lambda lead: f"Q{lead.n + 100}"),
        Col("Requested on", lambda lead: us(lead.created)),
        Col("Came through", lambda lead: SOURCES["en"][lead.source], CHANNEL),
        Col("Work needed", lambda lead: PRODUCTS[lead.product], ANSWER, "category"),
        Col("Size of site (m2)", lambda lead: lead.size, ANSWER + PROFILE, "number"),
        Col("Accepted on", only("won", lambda lead: us(lead.closed)), OUTCOME),
        Col("Declined on", only("lost", lambda lead: us(lead.closed)), OUTCOME),
        Col("Job id", only("won", lambda lead: f"J-{lead.n:05d}"), LATE + OUT),
        Col("Estimator", lambda lead: REPS[lead.rep], FACT + CHANNEL),
    ]
    write(folder, "quotes.csv", text_of(table(columns, leads)))
    return truth(columns, leads, "Quote request", "Requested on", ("Accepted on", "Declined on"))


def german_tabs(folder: Path, leads: list[Lead]) -> Truth:
    """German list with tabs: days as spreadsheets count them, bought yes or no."""
    columns = [
        Col("Lfd. Nr.", lambda lead: lead.n + 1),
        Col("Angefragt am", lambda lead: excel_days(lead.created)),
        Col("Herkunft", lambda lead: SOURCES["de"][lead.source], CHANNEL),
        Col("Gewünschtes Produkt", lambda lead: PRODUCTS[lead.product], ANSWER, "category"),
        Col("Bestandskunde", lambda lead: "ja" if lead.asked_before else "nein", ANSWER + PROFILE, "flag"),
        Col("Gekauft", lambda lead: {"won": "ja", "lost": "nein"}.get(lead.end), OUTCOME),
        Col("Abgeschlossen am", lambda lead: excel_days(lead.closed), OUTCOME),
        Col("Rechnungsbetrag", only("won", lambda lead: euro(lead.amount)), FACT),
        Col("Betreuer", lambda lead: REPS[lead.rep], FACT),
    ]
    write(folder, "kaeufe.tsv", text_of(table(columns, leads), delimiter="\t"), "cp1252")
    return truth(columns, leads, "Lfd. Nr.", "Angefragt am", ("Abgeschlossen am",))


def cancelled_flag(folder: Path, leads: list[Lead]) -> Truth:
    """Subscriptions on trial: a flag of having been cancelled, and a day on which the trial was decided."""
    columns = [
        Col("trial_id", lambda lead: f"{lead.n:06d}"),
        Col("signup_at", lambda lead: iso(lead.created)),
        Col("signup_campaign", lambda lead: SOURCES["en"][lead.source], CHANNEL),
        Col("plan", lambda lead: PRODUCTS[lead.product], ANSWER, "category"),
        Col("seats", lambda lead: lead.size, ANSWER + PROFILE, "number"),
        Col("used_before", lambda lead: int(lead.asked_before), ANSWER, "flag"),
        Col("is_cancelled", lambda lead: {"won": 0, "lost": 1}.get(lead.end), OUTCOME),
        Col("decided_at", lambda lead: iso(lead.closed), OUTCOME),
        Col(
            "next_invoice_on",
            only("won", lambda lead: f"{(lead.closed or EXPORTED) + timedelta(days=30):%Y-%m-%d}"),
            LATE,
        ),
    ]
    write(folder, "trials.csv", text_of(table(columns, leads)))
    return truth(columns, leads, "trial_id", "signup_at", ("decided_at",))


SECOND_FIFTEEN = (
    *(
        bitrix_english,
        bookings_workbook,
        freshsales_french,
        odoo_spanish,
        dynamics_german,
        pipedrive_french,
        zoho_spanish,
    ),
    *(
        hubspot_german,
        sugar_items,
        salesforce_accounts,
        school_enrolments,
        orders_only,
        two_dates,
        german_tabs,
        cancelled_flag,
    ),
)
