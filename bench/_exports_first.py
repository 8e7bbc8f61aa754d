"""Fifteen exports on which the draft was built."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from bench._exports import (
    ACCOUNT,
    ANSWER,
    CHANNEL,
    CONTACT,
    EXPORTED,
    FACT,
    LATE,
    OUT,
    OUTCOME,
    PROFILE,
    Col,
    Lead,
    Truth,
    euro,
    sf_id,
    table,
    text_of,
    truth,
    write,
)

SOURCES = {
    "en": ("Web", "Referral", "Trade Show", "Purchased List", "Phone Inquiry"),
    "de": ("Webseite", "Empfehlung", "Messe", "Adresskauf", "Anruf"),
    "fr": ("Site web", "Recommandation", "Salon", "Fichier acheté", "Appel entrant"),
    "es": ("Página web", "Recomendación", "Feria", "Lista comprada", "Llamada"),
}
BUDGETS = {
    "en": ("none", "under 5,000", "5,000 to 20,000", "over 20,000"),
    "de": ("keins", "unter 5.000 €", "5.000 € bis 20.000 €", "über 20.000 €"),
    "fr": ("aucun", "moins de 5 000 €", "5 000 à 20 000 €", "plus de 20 000 €"),
    "es": ("ninguno", "menos de 5.000 €", "5.000 a 20.000 €", "más de 20.000 €"),
}
PRODUCTS = ("Alpha", "Beta", "Gamma Plus", "Delta")
HURRY = {
    "en": ("this year", "this quarter", "this month"),
    "de": ("dieses Jahr", "dieses Quartal", "diesen Monat"),
    "fr": ("cette année", "ce trimestre", "ce mois"),
    "es": ("este año", "este trimestre", "este mes"),
}
INDUSTRIES = {
    "en": ("Retail", "Software", "Health", "Construction", "Logistics"),
    "de": ("Handel", "Software", "Gesundheit", "Bau", "Logistik"),
    "fr": ("Commerce", "Logiciel", "Santé", "BTP", "Logistique"),
    "es": ("Comercio", "Software", "Salud", "Construcción", "Logística"),
}
COUNTRIES = {
    "en": ("Germany", "France", "Spain", "Austria"),
    "de": ("Deutschland", "Frankreich", "Spanien", "Österreich"),
    "fr": ("Allemagne", "France", "Espagne", "Autriche"),
    "es": ("Alemania", "Francia", "España", "Austria"),
}
REASONS = {
    "en": ("Too expensive", "No answer", "Chose a competitor"),
    "de": ("Zu teuer", "Keine Antwort", "Wettbewerber gewählt"),
    "fr": ("Trop cher", "Pas de réponse", "Concurrent choisi"),
    "es": ("Demasiado caro", "Sin respuesta", "Eligió a otro"),
}
REPS = ("Ann Field", "Bo Lind", "Cy Ort", "Dee Mara")


def iso(when: datetime | None) -> str | None:
    """Return a time as databases write it."""
    return None if when is None else when.isoformat(sep=" ")


def zulu(when: datetime | None) -> str | None:
    """Return a time as Salesforce writes it."""
    return None if when is None else when.isoformat() + ".000Z"


def us(when: datetime | None) -> str | None:
    """Return a day as Americans write it."""
    return None if when is None else f"{when.month}/{when.day}/{when.year}"


def seconds(when: datetime | None) -> int | None:
    """Return a time as Unix counts it."""
    return None if when is None else int((when - datetime(1970, 1, 1)).total_seconds())  # noqa: DTZ001


def german(when: datetime | None) -> str | None:
    """Return a time as Germans write it."""
    return None if when is None else f"{when:%d.%m.%Y %H:%M}"


def french(when: datetime | None) -> str | None:
    """Return a time as the French and the Spanish write it."""
    return None if when is None else f"{when:%d/%m/%Y %H:%M}"


def mail(lead: Lead) -> str:
    """Return a mail address."""
    return f"{lead.first}.{lead.last}{lead.n}@example.org".lower()


def only(end: str, cell: Callable[[Lead], object]) -> Callable[[Lead], object]:
    """Return a cell that is filled for leads that ended so."""
    return lambda lead: cell(lead) if lead.end == end else None


def salesforce_opportunities(folder: Path, leads: list[Lead]) -> Truth:
    """Salesforce data export: IsClosed and IsWon beside stages of the company's own, a close date for open ones too."""
    stage = {"won": "Signed", "lost": "Dropped"}
    columns = [
        Col("Id", lambda lead: sf_id("006", lead.n)),
        Col("IsDeleted", lambda _: "false", OUT),
        Col("Name", lambda lead: f"{lead.company} - {PRODUCTS[lead.product]}", CONTACT),
        Col("StageName", lambda lead: stage.get(lead.end, ("Talk", "Offer", "Legal")[lead.stage]), OUTCOME),
        Col("Amount", lambda lead: f"{lead.amount:.1f}", FACT),
        Col("ExpectedRevenue", lambda lead: lead.amount * {"won": 1, "lost": 0}.get(lead.end, 0.5), LATE),
        Col("Probability", lambda lead: {"won": 100, "lost": 0}.get(lead.end, 40), LATE),
        Col("CloseDate", lambda lead: f"{lead.closed or lead.due:%Y-%m-%d}", OUTCOME),
        Col("IsClosed", lambda lead: str(lead.end != "open").lower(), OUTCOME),
        Col("IsWon", lambda lead: str(lead.won).lower(), OUTCOME),
        Col("LeadSource", lambda lead: SOURCES["en"][lead.source], CHANNEL),
        Col("Budget__c", lambda lead: BUDGETS["en"][lead.budget], ANSWER, "category"),
        Col("Product_Interest__c", lambda lead: PRODUCTS[lead.product], ANSWER, "category"),
        Col("NumberOfEmployees__c", lambda lead: lead.size, PROFILE, "number"),
        Col("OwnerId", lambda lead: f"005{lead.rep}A", FACT),
        Col("CreatedDate", lambda lead: zulu(lead.created)),
        Col("LastModifiedDate", lambda _: zulu(EXPORTED), (*LATE, "")),
    ]
    write(folder, "Opportunity.csv", text_of(table(columns, leads), quote=1))
    return truth(columns, leads, "Id", "CreatedDate", ("CloseDate",))


def salesforce_report(folder: Path, leads: list[Lead]) -> Truth:
    """Salesforce report: labels, American days, lines below the table."""
    columns = [
        Col("Opportunity ID", lambda lead: sf_id("006", lead.n, long=False)),
        Col("Opportunity Name", lambda lead: f"Deal {lead.n}", CONTACT),
        Col("Stage", lambda lead: {"won": "Closed Won", "lost": "Closed Lost"}.get(lead.end, "Qualification"), OUTCOME),
        Col("Amount", lambda lead: f"{lead.amount:,.2f}", FACT),
        Col("Created Date", lambda lead: us(lead.created)),
        Col("Close Date", lambda lead: us(lead.closed or lead.due), OUTCOME),
        Col("Lead Source", lambda lead: SOURCES["en"][lead.source], CHANNEL),
        Col("Timeline", lambda lead: HURRY["en"][lead.hurry], ANSWER, "category"),
        Col("Age", lambda lead: ((lead.closed or EXPORTED) - lead.created).days, LATE),
        Col("Industry", lambda lead: INDUSTRIES["en"][lead.industry], PROFILE),
        Col("Loss Reason", only("lost", lambda lead: REASONS["en"][lead.reason]), FACT),
        Col("Opportunity Owner", lambda lead: REPS[lead.rep], FACT),
    ]
    below = '\r\n"Grand Totals (500 records)"\r\n\r\n"Confidential Information - Do Not Distribute"\r\n"Generated By: Ann Field"\r\n'
    write(folder, "report171.csv", text_of(table(columns, leads), quote=1) + below)
    return truth(columns, leads, "Opportunity ID", "Created Date", ("Close Date",))


def hubspot_deals(folder: Path, leads: list[Lead]) -> Truth:
    """HubSpot deals: flags of closed won and closed lost, and engagements in a file of their own."""
    columns = [
        Col("Record ID", lambda lead: 9_000_000_000 + lead.n),
        Col("Deal Name", lambda lead: f"{lead.company} deal", CONTACT),
        Col(
            "Deal Stage",
            lambda lead: {"won": "Contract in", "lost": "Gone"}.get(lead.end, "Appointment Scheduled"),
            OUTCOME,
        ),
        Col("Is Closed Won", lambda lead: str(lead.won).lower(), OUTCOME),
        Col("Is closed lost", lambda lead: str(lead.lost).lower(), OUTCOME),
        Col("Create Date", lambda lead: f"{lead.created:%Y-%m-%d %H:%M}"),
        Col("Close Date", lambda lead: lead.closed and f"{lead.closed:%Y-%m-%d %H:%M}", OUTCOME),
        Col("Amount", only("won", lambda lead: lead.amount), FACT),
        Col("Original Source Type", lambda lead: SOURCES["en"][lead.source], CHANNEL),
        Col("Budget range", lambda lead: BUDGETS["en"][lead.budget], ANSWER, "category"),
        Col("Number of Pageviews", lambda lead: lead.visits, ANSWER, "number"),
        Col("Closed Lost Reason", only("lost", lambda lead: REASONS["en"][lead.reason]), FACT),
        Col("Last Activity Date", lambda lead: iso(lead.closed or lead.created), LATE),
        Col("Deal owner", lambda lead: REPS[lead.rep], FACT),
    ]
    write(folder, "all-deals.csv", text_of(table(columns, leads), quote=1))
    calls = [
        (
            lead.n * 10 + at,
            9_000_000_000 + lead.n,
            ("CALL", "EMAIL", "MEETING")[at],
            iso(call),
            iso(call),
            REPS[lead.rep],
        )
        for lead in leads
        for at, call in enumerate(lead.calls)
    ]
    header = ("Engagement ID", "Associated Deal ID", "Type", "Activity date", "Create date", "Owner")
    write(folder, "engagements.csv", text_of([header, *calls]))
    return truth(columns, leads, "Record ID", "Create Date", ("Close Date",), len(calls))


def hubspot_contacts(folder: Path, leads: list[Lead]) -> Truth:
    """HubSpot contacts and the deals that some became; ids of the deals' contacts as decimals."""
    columns = [
        Col("Contact ID", lambda lead: 51_000 + lead.n),
        Col("First Name", lambda lead: lead.first, CONTACT),
        Col("Last Name", lambda lead: lead.last, CONTACT),
        Col("Email", mail, CONTACT),
        Col("Company name", lambda lead: lead.company, ACCOUNT),
        Col("Create Date", lambda lead: f"{lead.created:%Y-%m-%d %H:%M}"),
        Col("Original Source", lambda lead: SOURCES["en"][lead.source], CHANNEL),
        Col("Budget", lambda lead: BUDGETS["en"][lead.budget], ANSWER, "category"),
        Col("Subscribed to newsletter", lambda lead: "Yes" if lead.newsletter else "No", ANSWER, "flag"),
        Col("Country/Region", lambda lead: COUNTRIES["en"][lead.country], PROFILE),
        Col("Number of Employees", lambda lead: lead.size, PROFILE, "number"),
    ]
    write(folder, "contacts.csv", text_of(table(columns, leads)))
    header = ("Deal ID", "Contact ID", "Deal Stage", "Close Date", "Amount", "Deal owner", "Discount")
    ended = [lead for lead in leads if lead.end != "open"]
    deals = [
        (
            *(70_000 + lead.n, f"{51_000 + lead.n}.0", "Closed Won" if lead.won else "Closed Lost"),
            *(f"{lead.closed:%Y-%m-%d %H:%M}", lead.amount, REPS[lead.rep], lead.n % 5),
        )
        for lead in ended
    ]
    write(folder, "deals.csv", text_of([header, *deals]))
    return truth(columns, leads, "Contact ID", "Create Date", ("Close Date",))


def pipedrive(folder: Path, leads: list[Lead]) -> Truth:
    """Pipedrive deals: a status, and a time each for won and lost."""
    columns = [
        Col("Deal - ID", lambda lead: lead.n + 1),
        Col("Deal - Title", lambda lead: f"{lead.company} deal", CONTACT),
        Col("Deal - Value", lambda lead: round(lead.amount), FACT),
        Col("Deal - Currency", lambda _: "EUR", OUT),
        Col("Deal - Deal created", lambda lead: iso(lead.created)),
        Col("Deal - Won time", only("won", lambda lead: iso(lead.closed)), OUTCOME),
        Col("Deal - Lost time", only("lost", lambda lead: iso(lead.closed)), OUTCOME),
        Col("Deal - Expected close date", lambda lead: f"{lead.due:%Y-%m-%d}", LATE),
        Col("Deal - Status", lambda lead: lead.end.capitalize(), OUTCOME),
        Col("Deal - Stage", lambda lead: ("Qualified", "Demo", "Offer")[lead.stage], LATE),
        Col("Deal - Lost reason", only("lost", lambda lead: REASONS["en"][lead.reason]), FACT),
        Col("Deal - Source", lambda lead: SOURCES["en"][lead.source], CHANNEL),
        Col("Deal - Budget", lambda lead: (0, 3000, 12000, 30000)[lead.budget], ANSWER, "number"),
        Col("Deal - Owner", lambda lead: REPS[lead.rep], FACT),
        Col("Organization - Industry", lambda lead: INDUSTRIES["en"][lead.industry], PROFILE),
        Col("Person - Email", mail, CONTACT),
    ]
    write(folder, "deals-1234.csv", text_of(table(columns, leads), quote=1))
    return truth(columns, leads, "Deal - ID", "Deal - Deal created", ("Deal - Won time", "Deal - Lost time"))


def dynamics(folder: Path, leads: list[Lead]) -> Truth:
    """Dynamics opportunities: an estimated and an actual close, a status and its reason."""
    columns = [
        Col("(Do Not Modify) Opportunity", lambda lead: f"{lead.n:08x}-e150-e2f0-a2c2-13f215e3ee5e"),
        Col("Topic", lambda lead: f"Interest of {lead.company}", CONTACT),
        Col("Created On", lambda lead: iso(lead.created)),
        Col("Est. Close Date", lambda lead: f"{lead.due:%Y-%m-%d}", LATE),
        Col("Actual Close Date", lambda lead: lead.closed and f"{lead.closed:%Y-%m-%d}", OUTCOME),
        Col("Est. Revenue", lambda lead: round(lead.amount * 1.1), LATE),
        Col("Actual Revenue", only("won", lambda lead: round(lead.amount)), FACT),
        Col("Status", lambda lead: lead.end.capitalize(), OUTCOME),
        Col("Purchase Timeframe", lambda lead: HURRY["en"][lead.hurry], ANSWER, "category"),
        Col("Originating Lead Source", lambda lead: SOURCES["en"][lead.source], CHANNEL),
        Col("Rating", lambda lead: ("Hot", "Warm", "Cold")[lead.stage], LATE),
        Col("Owner", lambda lead: REPS[lead.rep], FACT),
    ]
    write(folder, "Opportunities.csv", "\ufeff" + text_of(table(columns, leads)))
    return truth(columns, leads, "(Do Not Modify) Opportunity", "Created On", ("Actual Close Date",))


def zoho(folder: Path, leads: list[Lead]) -> Truth:
    """Zoho deals: several lost stages, ids with a prefix in the notes that belong to them."""
    ends = {"won": "Closed Won", "lost": "Closed Lost"}
    columns = [
        Col("Record Id", lambda lead: f"zcrm_{4_876_876_000_000 + lead.n}"),
        Col("Deal Name", lambda lead: f"{lead.company} deal", CONTACT),
        Col(
            "Stage",
            lambda lead: (
                "Closed-Lost to Competition" if lead.lost and lead.reason == 2 else ends.get(lead.end, "Proposal")
            ),
            OUTCOME,
        ),
        Col("Amount", lambda lead: f"$ {lead.amount:,.2f}", FACT),
        Col("Probability", lambda lead: {"won": 100, "lost": 0}.get(lead.end, 50), LATE),
        Col("Closing Date", lambda lead: f"{lead.closed or lead.due:%Y-%m-%d}", OUTCOME),
        Col("Created Time", lambda lead: iso(lead.created)),
        Col("Lead Source", lambda lead: SOURCES["en"][lead.source], CHANNEL),
        Col("Need", lambda lead: PRODUCTS[lead.product], ANSWER, "category"),
        Col("Customer before", lambda lead: str(lead.asked_before).lower(), ANSWER, "flag"),
        Col("Deal Owner", lambda lead: REPS[lead.rep], FACT),
    ]
    write(folder, "Deals_001.csv", text_of(table(columns, leads)))
    calls = [
        (f"zcrm_9{lead.n}{at}", 4_876_876_000_000 + lead.n, ("Outbound", "Inbound")[at % 2], iso(call))
        for lead in leads
        for at, call in enumerate(lead.calls)
    ]
    write(folder, "Calls.csv", text_of([("Record Id", "Related To", "Call Type", "Call Start Time"), *calls]))
    return truth(columns, leads, "Record Id", "Created Time", ("Closing Date",), len(calls))


def odoo(folder: Path, leads: list[Lead]) -> Truth:
    """Odoo: lost is `Active` false; tags go on in rows below."""
    columns = [
        Col("External ID", lambda lead: f"__export__.crm_lead_{lead.n}_ab12"),
        Col("Opportunity", lambda lead: f"Opp {lead.n}", CONTACT),
        Col("Created on", lambda lead: iso(lead.created)),
        Col("Stage", lambda lead: "Won" if lead.won else ("New", "Qualified", "Proposition")[lead.stage], OUTCOME),
        Col("Active", lambda lead: str(not lead.lost), OUTCOME),
        Col("Closed Date", lambda lead: iso(lead.closed), OUTCOME),
        Col("Expected Revenue", lambda lead: lead.amount, LATE),
        Col("Lost Reason", only("lost", lambda lead: REASONS["en"][lead.reason]), FACT),
        Col("Source", lambda lead: SOURCES["en"][lead.source], CHANNEL),
        Col("Company Size", lambda lead: ("1-10", "11-50", "51-250", "251+")[lead.size // 250], PROFILE),
        Col("Deadline wish", lambda lead: HURRY["en"][lead.hurry], ANSWER, "category"),
        Col("Tags", lambda _: "Information", LATE + OUT),
        Col("Salesperson", lambda lead: REPS[lead.rep], FACT),
    ]
    rows = table(columns, leads)
    below = [[*[""] * (len(columns) - 2), "Product", ""]]
    body = [part for at, row in enumerate(rows[1:]) for part in ([row, *below] if at % 9 == 0 else [row])]
    write(folder, "crm.lead.csv", text_of([rows[0], *body]))
    return truth(columns, leads, "External ID", "Created on", ("Closed Date",))


def bitrix_german(folder: Path, leads: list[Lead]) -> Truth:
    """Bitrix in German: semicolons, German times and amounts, stages in words."""
    ends = {"won": "Auftrag gewonnen", "lost": "Auftrag verloren"}
    columns = [
        Col("ID", lambda lead: lead.n + 7),
        Col("Auftragsname", lambda lead: f"Auftrag {lead.n}", CONTACT),
        Col("Phase", lambda lead: ends.get(lead.end, ("Neu", "Angebot", "Verhandlung")[lead.stage]), OUTCOME),
        Col("Erstellt am", lambda lead: german(lead.created)),
        Col("Geändert am", lambda _: german(EXPORTED), LATE + OUT),
        Col("Abschlussdatum", lambda lead: german(lead.closed), OUTCOME),
        Col("Betrag", lambda lead: euro(lead.amount), FACT),
        Col("Quelle", lambda lead: SOURCES["de"][lead.source], CHANNEL),
        Col("Budget", lambda lead: BUDGETS["de"][lead.budget], ANSWER, "category"),
        Col("Rückruf gewünscht", lambda lead: "Ja" if lead.newsletter else "Nein", ANSWER, "flag"),
        Col("Mitarbeiterzahl", lambda lead: lead.size, PROFILE, "number"),
        Col("Branche", lambda lead: INDUSTRIES["de"][lead.industry], PROFILE),
        Col("Verantwortlich", lambda lead: REPS[lead.rep], FACT),
    ]
    write(folder, "Auftraege.csv", text_of(table(columns, leads), delimiter=";"), "cp1252")
    return truth(columns, leads, "ID", "Erstellt am", ("Abschlussdatum",))


def spreadsheet_german(folder: Path, leads: list[Lead]) -> Truth:
    """German spreadsheet: lines above the header, decimals with a comma, an outcome in words of its own."""
    ends = {"won": "beauftragt", "lost": "abgesagt"}
    columns = [
        Col("Anfrage-Nr.", lambda lead: f"A-{lead.n:05d}"),
        Col("Eingang", lambda lead: f"{lead.created:%d.%m.%Y}"),
        Col("Ansprechpartner", lambda lead: f"{lead.first} {lead.last}", CONTACT),
        Col("Firma", lambda lead: lead.company, ACCOUNT),
        Col("Kanal", lambda lead: SOURCES["de"][lead.source], CHANNEL),
        Col("Budget (€)", lambda lead: euro((0.0, 3500.0, 12500.5, 30000.0)[lead.budget]), ANSWER, "number"),
        Col("Dringlichkeit", lambda lead: HURRY["de"][lead.hurry], ANSWER, "category"),
        Col("Ergebnis", lambda lead: ends.get(lead.end, "offen"), OUTCOME),
        Col("Entschieden am", lambda lead: lead.closed and f"{lead.closed:%d.%m.%Y}", OUTCOME),
        Col("Auftragswert", only("won", lambda lead: euro(lead.amount)), FACT),
        Col("Absagegrund", only("lost", lambda lead: REASONS["de"][lead.reason]), FACT),
        Col("Bearbeiter", lambda lead: REPS[lead.rep], FACT),
    ]
    above = "Anfragenliste 2026;;;;;;;;;;;\r\nStand: 01.03.2026;;;;;;;;;;;\r\n"
    write(folder, "Anfragen.csv", above + text_of(table(columns, leads), delimiter=";"), "cp1252")
    return truth(columns, leads, "Anfrage-Nr.", "Eingang", ("Entschieden am",))


def sugar_french(folder: Path, leads: list[Lead]) -> Truth:
    """SugarCRM in French."""
    ends = {"won": "Clôturée gagnée", "lost": "Clôturée perdue"}
    columns = [
        Col("ID", lambda lead: f"{lead.n:04x}c3a1-77"),
        Col("Nom de l'opportunité", lambda lead: f"Affaire {lead.n}", CONTACT),
        Col("Phase de vente", lambda lead: ends.get(lead.end, "Négociation"), OUTCOME),
        Col("Date de création", lambda lead: french(lead.created)),
        Col("Date de clôture", lambda lead: french(lead.closed), OUTCOME),
        Col("Montant", lambda lead: f"{lead.amount:,.2f}".replace(",", "\u202f").replace(".", ","), FACT),
        Col("Origine", lambda lead: SOURCES["fr"][lead.source], CHANNEL),
        Col("Besoin", lambda lead: PRODUCTS[lead.product], ANSWER, "category"),
        Col("Délai", lambda lead: HURRY["fr"][lead.hurry], ANSWER, "category"),
        Col("Pays", lambda lead: COUNTRIES["fr"][lead.country], PROFILE),
        Col("Motif de perte", only("lost", lambda lead: REASONS["fr"][lead.reason]), FACT),
        Col("Assigné à", lambda lead: REPS[lead.rep], FACT),
    ]
    write(folder, "Opportunites.csv", text_of(table(columns, leads), delimiter=";"))
    return truth(columns, leads, "ID", "Date de création", ("Date de clôture",))


def spreadsheet_spanish(folder: Path, leads: list[Lead]) -> Truth:
    """Spanish spreadsheet: one flag of having been won, blank where that is not known yet."""
    columns = [
        Col("Nº", lambda lead: lead.n + 1),
        Col("Fecha de alta", lambda lead: french(lead.created)),
        Col("Nombre", lambda lead: f"{lead.first} {lead.last}", CONTACT),
        Col("Correo", mail, CONTACT),
        Col("Canal", lambda lead: SOURCES["es"][lead.source], CHANNEL),
        Col("Presupuesto", lambda lead: BUDGETS["es"][lead.budget], ANSWER, "category"),
        Col("Sector", lambda lead: INDUSTRIES["es"][lead.industry], PROFILE),
        Col("Ganado", lambda lead: {"won": "Sí", "lost": "No"}.get(lead.end), OUTCOME),
        Col("Fecha de cierre", lambda lead: french(lead.closed), OUTCOME),
        Col("Importe", only("won", lambda lead: euro(lead.amount)), FACT),
    ]
    write(folder, "oportunidades.csv", text_of(table(columns, leads), delimiter=";"), "cp1252")
    return truth(columns, leads, "Nº", "Fecha de alta", ("Fecha de cierre",))


def close_crm(folder: Path, leads: list[Lead]) -> Truth:
    """Close: opportunities with a status type, an activity feed beside them."""
    kind = {"won": "won", "lost": "lost", "open": "active"}
    columns = [
        Col("id", lambda lead: f"oppo_{lead.n:06d}Xy"),
        Col("lead_name", lambda lead: lead.company, ACCOUNT),
        Col("date_created", lambda lead: lead.created.isoformat() + "+00:00"),
        Col("status_type", lambda lead: kind[lead.end], OUTCOME),
        Col("status_label", lambda lead: {"won": "Closed", "lost": "Dead"}.get(lead.end, "Active"), OUTCOME),
        Col("date_won", only("won", lambda lead: f"{lead.closed:%Y-%m-%d}"), OUTCOME),
        Col("date_lost", only("lost", lambda lead: f"{lead.closed:%Y-%m-%d}"), OUTCOME),
        Col("value", lambda lead: int(lead.amount * 100), FACT),
        Col("confidence", lambda lead: {"won": 100, "lost": 0}.get(lead.end, 50), LATE),
        Col("custom.Source", lambda lead: SOURCES["en"][lead.source], CHANNEL),
        Col("custom.Team size", lambda lead: lead.size, PROFILE, "number"),
        Col("custom.Start", lambda lead: HURRY["en"][lead.hurry], ANSWER, "category"),
        Col("user_name", lambda lead: REPS[lead.rep], FACT),
    ]
    write(folder, "opportunities.csv", text_of(table(columns, leads)))
    calls = [
        (f"acti_{lead.n}_{at}", f"oppo_{lead.n:06d}Xy", ("Call", "Email", "Note")[at], call.isoformat() + "+00:00")
        for lead in leads
        for at, call in enumerate(lead.calls)
    ]
    write(folder, "activities.csv", text_of([("id", "opportunity_id", "_type", "date_created"), *calls]))
    return truth(columns, leads, "id", "date_created", ("date_won", "date_lost"), len(calls))


def freshsales(folder: Path, leads: list[Lead]) -> Truth:
    """Freshsales deals: times as seconds since 1970, a contract number that won deals alone have."""
    columns = [
        Col("Id", lambda lead: 16_000_000_000 + lead.n),
        Col("Name", lambda lead: f"{lead.company} deal", CONTACT),
        Col("Deal stage", lambda lead: lead.end.capitalize() if lead.end != "open" else "Negotiation", OUTCOME),
        Col("Created at", lambda lead: seconds(lead.created)),
        Col(
            "Closed date",
            lambda lead: seconds(lead.closed),
            OUTCOME,
        ),
        Col("Deal value", lambda lead: lead.amount, FACT),
        Col("Source", lambda lead: SOURCES["en"][lead.source], CHANNEL),
        Col("Requirement", lambda lead: PRODUCTS[lead.product], ANSWER, "category"),
        Col("Contract number", only("won", lambda lead: f"C-{lead.n:05d}"), LATE + OUT),
        Col("Discount %", lambda lead: lead.n % 4 * 5 if lead.won else 0, LATE),
        Col("Sales owner", lambda lead: REPS[lead.rep], FACT),
    ]
    write(folder, "deals.csv", text_of(table(columns, leads)))
    return truth(columns, leads, "Id", "Created at", ("Closed date",))


def salesforce_converted(folder: Path, leads: list[Lead]) -> Truth:
    """Salesforce leads, of which some become opportunities, with tasks on either."""
    taken_up = [lead for lead in leads if not (lead.lost and lead.reason == 1)]
    become = {lead.n for lead in taken_up if lead.end != "open" or lead.stage == 0}
    status = {True: "Qualified", False: "Working"}
    columns = [
        Col("Id", lambda lead: sf_id("00Q", lead.n)),
        Col("Status", lambda lead: status[lead.n in become] if lead in taken_up else "Unqualified", OUTCOME),
        Col("LeadSource", lambda lead: SOURCES["en"][lead.source], CHANNEL),
        Col("Company", lambda lead: lead.company, ACCOUNT),
        Col("IsConverted", lambda lead: str(lead.n in become).lower(), OUTCOME),
        Col("ConvertedOpportunityId", lambda lead: sf_id("006", lead.n) if lead.n in become else None, OUTCOME),
        Col("Budget__c", lambda lead: BUDGETS["en"][lead.budget], ANSWER, "category"),
        Col("CreatedDate", lambda lead: zulu(lead.created)),
    ]
    write(folder, "Lead.csv", text_of(table(columns, leads), quote=1))
    stage = {"won": "Closed Won", "lost": "Closed Lost", "open": "Proposal"}
    deals = [
        (sf_id("006", lead.n), stage[lead.end], f"{lead.closed or lead.due:%Y-%m-%d}", lead.amount, zulu(lead.created))
        for lead in leads
        if lead.n in become
    ]
    write(
        folder, "Opportunity.csv", text_of([("Id", "StageName", "CloseDate", "Amount", "CreatedDate"), *deals], quote=1)
    )
    tasks = [
        (
            f"00T{lead.n:08d}{at}",
            *((sf_id("00Q", lead.n), "") if at == 0 else ("", sf_id("006", lead.n))),
            "Call",
            zulu(call),
        )
        for lead in leads
        for at, call in enumerate(lead.calls[:2])
        if at == 0 or lead.n in become
    ]
    header = ("Id", "WhoId", "WhatId", "TaskSubtype", "CreatedDate")
    write(folder, "Task.csv", text_of([header, *tasks], quote=1))
    return truth(columns, leads, "Id", "CreatedDate", ("opportunity.CloseDate",), len(tasks))


FIRST_FIFTEEN = (
    *(salesforce_opportunities, salesforce_report, hubspot_deals, hubspot_contacts, pipedrive, dynamics, zoho, odoo),
    *(
        bitrix_german,
        spreadsheet_german,
        sugar_french,
        spreadsheet_spanish,
        close_crm,
        freshsales,
        salesforce_converted,
    ),
)
