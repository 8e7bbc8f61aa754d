"""Six exports that were written once names taken away had been tried: their first figure is that of the draft of then."""

from datetime import timedelta
from pathlib import Path

from bench._exports.cells import by_end, dotted, euro, iso, mail, only, planned, since, us, zulu
from bench._exports.company import EXPORTED, Lead
from bench._exports.files import table, text_of, write
from bench._exports.truth import ACCOUNT, ANSWER, CHANNEL, CONTACT, FACT, LATE, OUT, OUTCOME, PROFILE, Col, Truth, truth
from bench._exports.words import BUDGETS, HURRY, INDUSTRIES, PRODUCTS, REASONS, REPS, SOURCES


def zoho_italian(folder: Path, leads: list[Lead]) -> Truth:
    """Zoho's deals in Italian: two stages of losing, a closing date that is a plan for open deals, an amount of all of them."""

    def stage(lead: Lead) -> str:
        if lead.won:
            return "Chiuso/Vinto"
        if lead.lost:
            return ("Chiuso/Perso", "Chiuso/Perso a favore della concorrenza", "Chiuso/Perso")[lead.reason]
        return ("Qualificazione", "Analisi esigenze", "Trattativa/Revisione")[lead.stage]

    columns = [
        Col("ID record", lambda lead: f"zcrm_{5_481_000_000_100_000 + lead.n * 7}"),
        Col("Nome trattativa", lambda lead: f"{lead.company} - {PRODUCTS[lead.product]}", CONTACT),
        Col("Nome account", lambda lead: lead.company, ACCOUNT),
        Col("Ora creazione", lambda lead: iso(lead.created)),
        Col("Fase", stage, OUTCOME),
        Col("Data di chiusura", lambda lead: f"{lead.closed or lead.due:%Y-%m-%d}", OUTCOME),
        Col("Importo", lambda lead: f"€ {euro(lead.amount)}", FACT),
        Col("Probabilità (%)", lambda lead: {"won": 100, "lost": 0}.get(lead.end, 20 + 30 * lead.stage), LATE),
        Col("Entrate previste", lambda lead: f"€ {euro(lead.amount * 0.4)}", LATE),
        Col("Origine lead", lambda lead: SOURCES["en"][lead.source], CHANNEL),
        Col("Fascia di budget", lambda lead: ("nessuno", "basso", "medio", "alto")[lead.budget], ANSWER, "category"),
        Col("Esigenza principale", lambda lead: PRODUCTS[lead.product], ANSWER, "category"),
        Col("Motivo della perdita", only("lost", lambda lead: REASONS["en"][lead.reason]), FACT),
        Col("Proprietario trattativa", lambda lead: REPS[lead.rep], FACT),
        Col("Ora modifica", lambda lead: iso(since(lead, 6)), LATE + OUT),
        Col("Tipo", lambda lead: "Attività esistente" if lead.asked_before else "Nuova attività", ANSWER, "category"),
    ]
    write(folder, "Trattative.csv", text_of(table(columns, leads)))
    return truth(columns, leads, "ID record", "Ora creazione", ("Data di chiusura",))


def admissions(folder: Path, leads: list[Lead]) -> Truth:
    """Write a university's applicants: offers to some of both ends, a deposit of those who come, words of its own, a term to come."""

    def outcome(lead: Lead) -> str:
        if lead.won:
            return "Enrolled" if lead.n % 4 else "Deferred entry"
        return ("Offer declined", "Rejected", "Withdrawn by applicant")[lead.reason] if lead.lost else "In committee"

    columns = [
        Col("Applicant ID", lambda lead: f"U{lead.n + 2_610_000}"),
        Col("Application received", lambda lead: f"{lead.created:%d/%m/%Y}"),
        Col("Surname", lambda lead: lead.last, CONTACT),
        Col(
            "Programme", lambda lead: ("MSc Data", "MSc Finance", "MA Design", "MBA")[lead.product], ANSWER, "category"
        ),
        Col("Domicile", lambda lead: ("UK", "India", "China", "Nigeria")[lead.country], PROFILE + ANSWER),
        Col("Funding", lambda lead: ("Self", "Loan", "Sponsor", "Undecided")[lead.budget], ANSWER, "category"),
        Col("Heard of us", lambda lead: SOURCES["en"][lead.source], CHANNEL),
        Col("Open day", lambda lead: "Y" if lead.asked_before else "N", ANSWER, "flag"),
        Col(
            "Offer made",
            lambda lead: (
                None
                if lead.closed is None or (lead.lost and lead.reason == 1)
                else f"{lead.closed - timedelta(hours=30):%d/%m/%Y}"
            ),
            LATE + OUT,
        ),
        Col("Current position", outcome, OUTCOME),
        Col("Position date", lambda lead: f"{since(lead, 2):%d/%m/%Y}", OUTCOME),
        Col("Deposit", only("won", lambda _: "£2,000.00"), FACT),
        Col("Term start", lambda lead: f"{planned(lead, 240):%d/%m/%Y}", ANSWER + LATE),
        Col("Admissions tutor", lambda lead: REPS[lead.rep], FACT),
    ]
    write(folder, "applicants.csv", text_of(table(columns, leads)))
    return truth(columns, leads, "Applicant ID", "Application received", ("Position date",))


def solar_visits(folder: Path, leads: list[Lead]) -> Truth:
    """Write an American installer's leads and their site visits in a file of their own: dispositions in words of the trade."""

    def disposition(lead: Lead) -> str:
        if lead.won:
            return "PTO granted" if lead.n % 2 else "Contract executed"
        return ("DQ - roof", "DQ - credit", "Went with other installer")[lead.reason] if lead.lost else "Proposal out"

    columns = [
        Col("lead_ref", lambda lead: f"SOL-{lead.n:05d}"),
        Col("came_in", lambda lead: us(lead.created)),
        Col("homeowner", lambda lead: f"{lead.first} {lead.last}", CONTACT),
        Col("monthly_bill", lambda lead: f"${80 + lead.budget * 60}", ANSWER, "number"),
        Col("roof_age_years", lambda lead: lead.size % 35, ANSWER + PROFILE, "number"),
        Col("shade", lambda lead: ("none", "some", "heavy")[lead.hurry], ANSWER, "category"),
        Col("utility", lambda lead: ("PG&E", "SCE", "SDG&E", "LADWP")[lead.country], PROFILE + ANSWER),
        Col("vendor", lambda lead: SOURCES["en"][lead.source], CHANNEL + ANSWER),
        Col("disposition", disposition, OUTCOME),
        Col("disposition_date", lambda lead: us(lead.closed), OUTCOME),
        Col("system_kw", only("won", lambda lead: round(4 + lead.size / 100, 1)), LATE + OUT),
        Col("contract_price", only("won", lambda lead: f"${lead.amount:,.2f}"), FACT),
        Col("setter", lambda lead: REPS[lead.rep], FACT),
    ]
    write(folder, "solar_leads.csv", text_of(table(columns, leads)))
    visits = [
        (f"SOL-{lead.n:05d}", iso(call), ("completed", "no show", "rescheduled")[(lead.n + at) % 3], REPS[lead.rep])
        for lead in leads
        for at, call in enumerate(lead.calls)
    ]
    write(folder, "site_visits.csv", text_of([("lead_ref", "visit_at", "visit_result", "surveyor"), *visits]))
    return truth(columns, leads, "lead_ref", "came_in", ("disposition_date",), len(visits))


def high_level(folder: Path, leads: list[Lead]) -> Truth:
    """HighLevel's opportunities: a status with abandoned, a stage of the pipeline beside it, days since changes, no day of the close."""

    def days_since(lead: Lead, days: int) -> int:
        return (EXPORTED - since(lead, days)).days

    columns = [
        Col("Opportunity Name", lambda lead: f"{lead.first} {lead.last}", CONTACT),
        Col("Contact Name", lambda lead: f"{lead.first} {lead.last}", CONTACT),
        Col("phone", lambda lead: f"+1 555 {lead.n:04d}", CONTACT),
        Col("email", mail, CONTACT),
        Col("pipeline", lambda lead: ("Inbound", "Reactivation")[lead.asked_before], CHANNEL + ANSWER),
        Col("stage", lambda lead: ("New Lead", "Hot Lead", "Quote Sent")[lead.stage], LATE + OUT + ANSWER),
        Col("Lead Value", lambda lead: round(lead.amount), FACT),
        Col("source", lambda lead: SOURCES["en"][lead.source], CHANNEL),
        Col("Budget range", lambda lead: BUDGETS["en"][lead.budget], ANSWER, "category"),
        Col("assigned", lambda lead: REPS[lead.rep], FACT),
        Col("Created on", lambda lead: zulu(lead.created)),
        Col("Updated on", lambda lead: zulu(since(lead, 2)), OUTCOME),
        Col("lost reason name", only("lost", lambda lead: REASONS["en"][lead.reason]), FACT),
        Col("Engagement Score", lambda lead: lead.visits * 5, ANSWER + LATE, "number"),
        Col(
            "status",
            lambda lead: "won" if lead.won else ("lost", "abandoned", "lost")[lead.reason] if lead.lost else "open",
            OUTCOME,
        ),
        Col("Opportunity ID", lambda lead: f"opp{lead.n * 7919 % 99991:05d}Xk"),
        Col("Contact ID", lambda lead: f"con{lead.n * 6007 % 99991:05d}Pw", OUT + CONTACT),
        Col("Days Since Last Stage Change", lambda lead: days_since(lead, 4), LATE + OUT),
        Col("Days Since Last Status Change", lambda lead: days_since(lead, 2), LATE + OUT),
    ]
    write(folder, "opportunities.csv", text_of(table(columns, leads)))
    return truth(columns, leads, "Opportunity ID", "Created on", ("Updated on",))


def machine_builder(folder: Path, leads: list[Lead]) -> Truth:
    """Write a German machine builder's requests, flat: the phase and its day, and all phases before with their days in one cell."""
    phases = {"won": "Auftrag", "lost": "Absage", "open": "Angebot liegt vor"}

    def phase(lead: Lead) -> str:
        return ("Absage Kunde", "Absage wir", "Absage Kunde")[lead.reason] if lead.lost else phases[lead.end]

    def course(lead: Lead) -> str:
        steps = [(lead.created, "Neu"), *((call, "Nachfassen") for call in lead.calls)]
        steps += [(lead.closed, phase(lead))] if lead.closed else []
        return " | ".join(f"{dotted(when)} {step}" for when, step in steps)

    columns = [
        Col("Anfragenummer", lambda lead: f"A-{lead.n + 24_000}"),
        Col("Eingang", lambda lead: dotted(lead.created)),
        Col("Firma", lambda lead: lead.company, ACCOUNT),
        Col("Branche", lambda lead: INDUSTRIES["de"][lead.industry], PROFILE),
        Col("Baugruppe", lambda lead: PRODUCTS[lead.product], ANSWER, "category"),
        Col("Dringlichkeit", lambda lead: HURRY["de"][lead.hurry], ANSWER, "category"),
        Col("Stückzahl", lambda lead: lead.size, ANSWER + PROFILE, "number"),
        Col("Kanal", lambda lead: SOURCES["de"][lead.source], CHANNEL),
        Col("Phase", phase, OUTCOME),
        Col("Phase seit", lambda lead: dotted(since(lead, 3)), OUTCOME),
        Col("Verlauf", course, LATE + OUT),
        Col("Auftragswert", only("won", lambda lead: euro(lead.amount)), FACT),
        Col("Liefertermin", only("won", lambda lead: dotted(planned(lead, 150))), LATE + OUT),
        Col("Bearbeiter", lambda lead: REPS[lead.rep], FACT),
    ]
    write(folder, "anfragen.csv", text_of(table(columns, leads), delimiter=";"), "cp1252")
    return truth(columns, leads, "Anfragenummer", "Eingang", ("Phase seit",))


def freshworks_deals(folder: Path, leads: list[Lead]) -> Truth:
    """Freshworks' deals: expected and true close, a forecast category, a payment's status, age in days, the stage's last change."""

    def stage(lead: Lead) -> str:
        return {"won": "Won", "lost": "Lost"}.get(lead.end, ("New", "Follow-up", "Under review")[lead.stage])

    columns = [
        Col("Id", lambda lead: 70_000_400_000 + lead.n * 3),
        Col("Name", lambda lead: f"{lead.company} deal", CONTACT),
        Col("Amount", lambda lead: f"{lead.amount:.2f}", FACT),
        Col("Deal stage", stage, OUTCOME),
        Col("Probability (%)", lambda lead: {"won": 100, "lost": 0}.get(lead.end, 10 + 20 * lead.stage), LATE),
        Col("Forecast category", by_end("Closed", "Omitted", "Pipeline"), LATE + OUT),
        Col("Expected close date", lambda lead: f"{lead.due:%Y-%m-%d}", LATE + OUT),
        Col("Closed date", lambda lead: lead.closed and f"{lead.closed:%Y-%m-%d}", OUTCOME),
        Col("Lost reason", only("lost", lambda lead: REASONS["en"][lead.reason]), FACT),
        Col("Type", lambda lead: "Existing Business" if lead.asked_before else "New Business", ANSWER, "category"),
        Col("Payment status", only("won", lambda lead: ("Paid", "Partially paid")[lead.n % 2]), LATE + OUT),
        Col("Source", lambda lead: SOURCES["en"][lead.source], CHANNEL),
        Col("Territory", lambda lead: ("North", "South", "East", "West")[lead.country], PROFILE + ANSWER),
        Col("Products", lambda lead: PRODUCTS[lead.product], ANSWER, "category"),
        Col("Age (days)", lambda lead: ((lead.closed or EXPORTED) - lead.created).days, LATE + OUT),
        Col("Created at", lambda lead: iso(lead.created)),
        Col("Stage updated at", lambda lead: iso(since(lead, 5)), LATE + OUT),
        Col("Owner", lambda lead: REPS[lead.rep], FACT),
    ]
    write(folder, "deals_export.csv", text_of(table(columns, leads)))
    return truth(columns, leads, "Id", "Created at", ("Closed date",))


NINTH_SIX = (zoho_italian, admissions, solar_visits, high_level, machine_builder, freshworks_deals)
