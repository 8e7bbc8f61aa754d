"""Sixteen exports of trades and shapes that no earlier set has: what the company spent, wins that were undone later, logs, years as files."""

from datetime import timedelta
from pathlib import Path

from bench._exports.cells import by_end, euro, french, german, iso, mail, only, us, zulu
from bench._exports.company import Lead
from bench._exports.files import table, text_of, workbook, write
from bench._exports.truth import (
    ACCOUNT,
    ANSWER,
    CHANNEL,
    CONTACT,
    EFFORT,
    FACT,
    LATE,
    OUT,
    OUTCOME,
    PROFILE,
    Col,
    Truth,
    truth,
)
from bench._exports.words import HURRY, PRODUCTS, REASONS, REPS, SOURCES


def solar(folder: Path, leads: list[Lead]) -> Truth:
    """Write projects of an American installer of solar roofs: stages of its own, cost of the lead, attempts to reach it."""
    open_stages = ("Site Survey", "Proposal Sent", "Appointment Set")
    columns = [
        Col("Project ID", lambda lead: f"SOL-{lead.n + 40_000}"),
        Col("Lead In", lambda lead: f"{us(lead.created)} {lead.created:%H:%M}"),
        Col("Homeowner Name", lambda lead: f"{lead.first} {lead.last}", CONTACT),
        Col(
            "Project Stage",
            lambda lead: by_end("Installed", "Homeowner Cancelled", open_stages[lead.stage])(lead),
            OUTCOME,
        ),
        Col("Stage Date", lambda lead: us(lead.closed or lead.created + timedelta(days=1)), OUTCOME),
        Col("Lead Vendor", lambda lead: SOURCES["en"][lead.source], CHANNEL),
        Col("Lead Cost", lambda lead: f"${20 + 5 * (lead.n % 9)}.00", EFFORT),
        Col("Call Attempts", lambda lead: len(lead.calls) + lead.n % 3, EFFORT, "number"),
        Col("Avg Monthly Electric Bill", lambda lead: f"${60 + lead.budget * 55 + lead.n % 40}", ANSWER, "number"),
        Col("Roof Type", lambda lead: ("Shingle", "Tile", "Metal", "Flat")[lead.product], ANSWER, "category"),
        Col("Owns Home", lambda lead: "Y" if lead.newsletter else "N", ANSWER + PROFILE, "flag"),
        Col("Install Timeframe", lambda lead: HURRY["en"][lead.hurry], ANSWER, "category"),
        Col("System Size kW", only("won", lambda lead: round(4 + lead.amount / 4000, 1)), LATE + OUT),
        Col("Contract Value", only("won", lambda lead: f"${lead.amount:,.2f}"), FACT),
        Col("Setter", lambda lead: REPS[lead.rep], EFFORT),
    ]
    write(folder, "projects_export.csv", text_of(table(columns, leads)))
    return truth(columns, leads, "Project ID", "Lead In", ("Stage Date",))


def gym_spanish(folder: Path, leads: list[Lead]) -> Truth:
    """Write a Spanish gym's prospects: members, former members (they were won), and those who did not want it."""

    def state(lead: Lead) -> str:
        if lead.won:
            return "Baja" if lead.n % 4 == 0 else "Socio"
        return "No interesado" if lead.lost else "Prueba"

    columns = [
        Col("Ficha", lambda lead: lead.n + 1200),
        Col("Primer contacto", lambda lead: french(lead.created)),
        Col("Nombre y apellidos", lambda lead: f"{lead.first} {lead.last}", CONTACT),
        Col("Edad", lambda lead: 18 + lead.size % 50, PROFILE, "number"),
        Col("Cómo nos conoció", lambda lead: SOURCES["es"][lead.source], CHANNEL),
        Col(
            "Actividad de interés",
            lambda lead: ("Yoga", "Pesas", "Natación", "Spinning")[lead.product],
            ANSWER,
            "category",
        ),
        Col("Visitas de prueba", lambda lead: lead.visits, ANSWER + LATE, "number"),
        Col("Llamadas realizadas", lambda lead: len(lead.calls), EFFORT, "number"),
        Col("Estado", state, OUTCOME),
        Col("Fecha de decisión", lambda lead: french(lead.closed), OUTCOME),
        Col(
            "Fecha de baja",
            lambda lead: french(lead.closed + timedelta(days=90)) if lead.closed and state(lead) == "Baja" else None,
            LATE + OUT,
        ),
        Col("Cuota", only("won", lambda lead: f"{30 + lead.budget * 10},00 €"), FACT),
    ]
    write(folder, "clientes.csv", text_of(table(columns, leads), delimiter=";"), "cp1252")
    return truth(columns, leads, "Ficha", "Primer contacto", ("Fecha de decisión",))


def saas_trials(folder: Path, leads: list[Lead]) -> Truth:
    """Write trials of a software house without a day of losing: active, canceled after having paid, trialing, expired."""

    def state(lead: Lead) -> str:
        if lead.won:
            return "canceled" if lead.n % 5 == 0 else "active"
        return "trial_expired" if lead.lost else "trialing"

    columns = [
        Col("user_id", lambda lead: f"usr_{lead.n:06x}"),
        Col("trial_started_at", lambda lead: zulu(lead.created)),
        Col("email", mail, CONTACT),
        Col("subscription_status", state, OUTCOME),
        Col("converted_at", only("won", lambda lead: zulu(lead.closed)), OUTCOME),
        Col("trial_ended_at", lambda lead: zulu(lead.closed), OUTCOME),
        Col(
            "canceled_at",
            lambda lead: zulu(lead.closed + timedelta(days=70)) if lead.closed and state(lead) == "canceled" else None,
            LATE + OUT,
        ),
        Col("mrr", only("won", lambda lead: round(lead.amount / 100, 2)), FACT),
        Col("utm_source", lambda lead: SOURCES["en"][lead.source], CHANNEL),
        Col("use_case", lambda lead: PRODUCTS[lead.product], ANSWER, "category"),
        Col("team_size", lambda lead: lead.size, PROFILE, "number"),
        Col("imported_data", lambda lead: str(lead.asked_before).lower(), ANSWER, "flag"),
        Col("acquisition_cost", lambda lead: round(3 + lead.n % 13 / 2, 2), EFFORT),
    ]
    write(folder, "trials.csv", text_of(table(columns, leads)))
    return truth(columns, leads, "user_id", "trial_started_at", ("trial_ended_at",))


def saas_no_close(folder: Path, leads: list[Lead]) -> Truth:
    """Write sign-ups with a plan now and a state, and no day at all but that of the sign-up."""
    columns = [
        Col("account", lambda lead: f"acc-{lead.n:05d}"),
        Col("signed_up", lambda lead: f"{lead.created:%Y-%m-%d}"),
        Col("state", by_end("paying", "churned_in_trial", "trial"), OUTCOME),
        Col("referrer", lambda lead: SOURCES["en"][lead.source], CHANNEL),
        Col("plan_picked", lambda lead: PRODUCTS[lead.product], ANSWER, "category"),
        Col("seats", lambda lead: lead.visits + 1, ANSWER + PROFILE, "number"),
        Col("nps_sent", lambda lead: lead.n % 2, EFFORT + ANSWER),
    ]
    write(folder, "signups.csv", text_of(table(columns, leads)))
    return truth(columns, leads, "account", "signed_up", ("signed_up",))


def school_log(folder: Path, leads: list[Lead]) -> Truth:
    """Write a French school's candidates and its journal, in which enrolments and refusals stand among calls and visits."""
    columns = [
        Col("n° candidat", lambda lead: f"C{lead.n:05d}"),
        Col("date de demande", lambda lead: french(lead.created)),
        Col("nom", lambda lead: f"{lead.last} {lead.first}", CONTACT),
        Col(
            "formation souhaitée",
            lambda lead: ("BTS", "Licence", "Master", "Mastère")[lead.product],
            ANSWER,
            "category",
        ),
        Col("origine", lambda lead: SOURCES["fr"][lead.source], CHANNEL),
        Col("financement", lambda lead: ("aucun", "parents", "prêt", "alternance")[lead.budget], ANSWER, "category"),
        Col("ville", lambda lead: ("Lyon", "Paris", "Lille", "Nantes")[lead.country], PROFILE),
    ]
    rows = []
    for lead in leads:
        rows += [
            (f"C{lead.n:05d}", ("appel sortant", "visite campus")[at % 2], french(call))
            for at, call in enumerate(lead.calls)
        ]
        if lead.closed:
            rows.append(
                (f"C{lead.n:05d}", "inscription validée" if lead.won else "abandon du candidat", french(lead.closed))
            )
    write(folder, "candidats.csv", text_of(table(columns, leads), delimiter=";"))
    write(folder, "journal.csv", text_of([("n° candidat", "évènement", "date"), *rows], delimiter=";"))
    return truth(columns, leads, "n° candidat", "date de demande", ("date",), sum(len(lead.calls) for lead in leads))


def insurer_italian(folder: Path, leads: list[Lead]) -> Truth:
    """Write an Italian broker's quotes, and every change of their state as a row of its own."""
    columns = [
        Col("codice preventivo", lambda lead: f"PV{lead.n:06d}"),
        Col("creato il", lambda lead: f"{lead.created:%d/%m/%Y %H:%M}"),
        Col("contraente", lambda lead: f"{lead.first} {lead.last}", CONTACT),
        Col("prodotto richiesto", lambda lead: ("Auto", "Casa", "Vita", "Infortuni")[lead.product], ANSWER, "category"),
        Col("canale", lambda lead: SOURCES["es"][lead.source], CHANNEL),
        Col("massimale", lambda lead: f"{lead.budget * 50 + 50}.000", ANSWER, "number"),
        Col("premio", lambda lead: euro(lead.amount / 10), FACT + ANSWER),
    ]
    rows = []
    for lead in leads:
        rows.append((f"PV{lead.n:06d}", "Emesso", f"{lead.created:%d/%m/%Y %H:%M}"))
        if lead.closed:
            rows.append(
                (f"PV{lead.n:06d}", "Sottoscritto" if lead.won else "Rifiutato", f"{lead.closed:%d/%m/%Y %H:%M}")
            )
    write(folder, "preventivi.csv", text_of(table(columns, leads), delimiter=";"))
    write(folder, "storico_stati.csv", text_of([("codice preventivo", "stato", "data"), *rows], delimiter=";"))
    return truth(columns, leads, "codice preventivo", "creato il", ("data",))


def dealer_dutch(folder: Path, leads: list[Lead]) -> Truth:
    """Write a Dutch car dealer's leads: what they want, what was tried, and no word that says won."""
    columns = [
        Col("Leadnummer", lambda lead: 88_000 + lead.n),
        Col("Binnengekomen", lambda lead: f"{lead.created:%d-%m-%Y %H:%M}"),
        Col("Naam", lambda lead: f"{lead.first} {lead.last}", CONTACT),
        Col("Gewenst model", lambda lead: PRODUCTS[lead.product], ANSWER, "category"),
        Col("Inruilauto", lambda lead: "ja" if lead.asked_before else "nee", ANSWER, "flag"),
        Col("Leadbron", lambda lead: SOURCES["en"][lead.source], CHANNEL),
        Col("Leadkosten", lambda lead: f"€ {12 + lead.n % 7},50", EFFORT),
        Col("Contactpogingen", lambda lead: len(lead.calls) + 1, EFFORT, "number"),
        Col("Resultaat", by_end("Order getekend", "Elders gekocht", ""), OUTCOME),
        Col("Datum resultaat", lambda lead: lead.closed and f"{lead.closed:%d-%m-%Y}", OUTCOME),
        Col("Verkoper", lambda lead: REPS[lead.rep], FACT),
        Col("Kenteken", only("won", lambda lead: f"{lead.n % 90 + 10}-XX-{lead.n % 80 + 10}"), LATE + OUT),
    ]
    write(folder, "leads_2026.csv", text_of(table(columns, leads), delimiter=";"), "utf-8-sig")
    return truth(columns, leads, "Leadnummer", "Binnengekomen", ("Datum resultaat",))


def dentist_portuguese(folder: Path, leads: list[Lead]) -> Truth:
    """Write a Brazilian dentist's estimates: approved, not approved, waiting; the way of payment comes with the approval."""
    columns = [
        Col("Orçamento nº", lambda lead: lead.n + 5001),
        Col("Data do orçamento", lambda lead: f"{lead.created:%d/%m/%Y}"),
        Col("Paciente", lambda lead: f"{lead.first} {lead.last}", CONTACT),
        Col(
            "Tratamento",
            lambda lead: ("Implante", "Aparelho", "Clareamento", "Prótese")[lead.product],
            ANSWER,
            "category",
        ),
        Col("Valor proposto", lambda lead: f"R$ {euro(lead.amount)}", FACT + ANSWER),
        Col("Convênio", lambda lead: "Sim" if lead.newsletter else "Não", ANSWER + PROFILE, "flag"),
        Col("Indicação", lambda lead: SOURCES["es"][lead.source], CHANNEL + ANSWER),
        Col("Tentativas de contato", lambda lead: len(lead.calls), EFFORT, "number"),
        Col("Situação", by_end("Aprovado", "Reprovado", "Em aberto"), OUTCOME),
        Col("Data da resposta", lambda lead: lead.closed and f"{lead.closed:%d/%m/%Y}", OUTCOME),
        Col("Forma de pagamento", only("won", lambda lead: ("Pix", "Cartão", "Boleto")[lead.hurry]), LATE + OUT),
        Col("Motivo", only("lost", lambda lead: ("Preço", "Sem retorno", "Outro")[lead.reason]), FACT),
    ]
    workbook(folder, "orcamentos.xlsx", {"Orçamentos": table(columns, leads)})
    return truth(columns, leads, "Orçamento nº", "Data do orçamento", ("Data da resposta",))


def wholesale_lines(folder: Path, leads: list[Lead]) -> Truth:
    """Write a wholesaler's quotes, a row a product: an order number where won, a competitor where lost."""
    header = [
        "Quote No",
        "Quoted On",
        "Valid Until",
        "Account",
        "Enquiry Via",
        "Sku",
        "Qty",
        "Line Total",
        "Delivery Wanted",
        "Decision",
        "Decided On",
        "Order No",
        "Lost To",
    ]
    rows = [
        [
            *(
                f"Q-{lead.n:05d}",
                f"{lead.created:%Y-%m-%d %H:%M}",
                f"{lead.due:%Y-%m-%d}",
                lead.company,
                SOURCES["en"][lead.source],
            ),
            *(
                PRODUCTS[(lead.product + at) % 4],
                lead.visits + at + 1,
                f"{lead.amount / (at + 2):.2f}",
                HURRY["en"][lead.hurry],
            ),
            *(by_end("Accepted", "Rejected", "")(lead), f"{lead.closed:%Y-%m-%d %H:%M}" if lead.closed else ""),
            *(f"SO{lead.n:06d}" if lead.won else "", ("Acme", "Globex", "Initech")[lead.reason] if lead.lost else ""),
        ]
        for lead in leads
        for at in range(1 + lead.n % 3)
    ]
    write(folder, "quotes.csv", text_of([header, *rows]))
    columns = [
        Col("Valid Until", str, ANSWER + LATE + OUT),
        Col("Account", str, ACCOUNT),
        Col("Enquiry Via", str, CHANNEL),
        Col("Delivery Wanted", str, ANSWER, "category"),
        Col("Order No", str, LATE + OUT),
        Col("Lost To", str, FACT),
        Col("Line Total", str, FACT),
    ]
    return truth(columns, leads, "Quote No", "Quoted On", ("Decided On",))


def venue(folder: Path, leads: list[Lead]) -> Truth:
    """Write a British venue's enquiries: the day of the event, a deposit paid later, a show-round that was attended."""
    columns = [
        Col("Ref", lambda lead: f"EV{lead.n:04d}"),
        Col("Enquired", lambda lead: f"{lead.created:%d %B %Y}"),
        Col("Couple", lambda lead: f"{lead.first} & {lead.last}", CONTACT),
        Col("Event date", lambda lead: f"{lead.created + timedelta(days=200 + lead.size % 90):%d %B %Y}", ANSWER + OUT),
        Col("Guests", lambda lead: 40 + lead.visits * 10, ANSWER, "number"),
        Col("Package", lambda lead: PRODUCTS[lead.product], ANSWER, "category"),
        Col("Where did you find us?", lambda lead: SOURCES["en"][lead.source], CHANNEL),
        Col("Status", by_end("Confirmed", "Turned down", "Provisional"), OUTCOME),
        Col("Confirmed or turned down on", lambda lead: lead.closed and f"{lead.closed:%d %B %Y}", OUTCOME),
        Col(
            "Deposit paid on",
            lambda lead: f"{lead.closed + timedelta(days=5):%d %B %Y}" if lead.won and lead.closed else None,
            LATE + OUT,
        ),
        Col("Reminders sent", lambda lead: len(lead.calls), EFFORT, "number"),
    ]
    write(folder, "enquiries.csv", text_of(table(columns, leads)))
    return truth(columns, leads, "Ref", "Enquired", ("Confirmed or turned down on",))


def hiring_german(folder: Path, leads: list[Lead]) -> Truth:
    """Write a German firm's applicants: hired on a day, declined on another."""
    columns = [
        Col("Bewerber-Nr.", lambda lead: f"B{lead.n:05d}"),
        Col("Eingang Bewerbung", lambda lead: german(lead.created)),
        Col("Nachname", lambda lead: lead.last, CONTACT),
        Col("Stelle", lambda lead: ("Einkauf", "Lager", "Vertrieb", "IT")[lead.product], ANSWER + PROFILE, "category"),
        Col("Gehaltswunsch", lambda lead: f"{30 + lead.budget * 8}.000 €", ANSWER, "number"),
        Col("Kanal", lambda lead: SOURCES["de"][lead.source], CHANNEL),
        Col("Berufserfahrung (Jahre)", lambda lead: lead.visits, PROFILE + ANSWER, "number"),
        Col(
            "Verfügbar ab", lambda lead: f"{lead.created + timedelta(days=30 + lead.size % 60):%d.%m.%Y}", ANSWER + OUT
        ),
        Col("Kontaktversuche", lambda lead: len(lead.calls), EFFORT, "number"),
        Col("Eingestellt am", only("won", lambda lead: german(lead.closed)), OUTCOME),
        Col("Absage am", only("lost", lambda lead: german(lead.closed)), OUTCOME),
        Col("Absagegrund", only("lost", lambda lead: REASONS["de"][lead.reason]), FACT),
        Col("Recruiter", lambda lead: REPS[lead.rep], FACT),
    ]
    write(folder, "bewerbungen.csv", text_of(table(columns, leads), delimiter=";"), "cp1252")
    return truth(columns, leads, "Bewerber-Nr.", "Eingang Bewerbung", ("Eingestellt am", "Absage am"))


def wide_stages(folder: Path, leads: list[Lead]) -> Truth:
    """Write deals with a day for each stage that they entered, as HubSpot does, and no state."""
    columns = [
        Col("Deal ID", lambda lead: 700_000_000 + lead.n),
        Col("Deal Name", lambda lead: f"Deal {lead.n}", CONTACT),
        Col("Create Date", lambda lead: f"{lead.created:%Y-%m-%d %H:%M}"),
        Col(
            "Date entered 'Discovery'",
            lambda lead: f"{lead.created + timedelta(days=1):%Y-%m-%d %H:%M}" if lead.stage else None,
            LATE + OUT,
        ),
        Col(
            "Date entered 'Proposal'",
            lambda lead: f"{lead.created + timedelta(days=4):%Y-%m-%d %H:%M}" if lead.stage == 2 else None,
            LATE + OUT,
        ),
        Col("Date entered 'Closed won'", only("won", lambda lead: f"{lead.closed:%Y-%m-%d %H:%M}"), OUTCOME),
        Col("Date entered 'Closed lost'", only("lost", lambda lead: f"{lead.closed:%Y-%m-%d %H:%M}"), OUTCOME),
        Col("Original Source", lambda lead: SOURCES["en"][lead.source], CHANNEL),
        Col("Product interest", lambda lead: PRODUCTS[lead.product], ANSWER, "category"),
        Col("Number of Sales Activities", lambda lead: len(lead.calls), EFFORT, "number"),
        Col("Number of times contacted", lambda lead: len(lead.calls) + 1, EFFORT, "number"),
        Col("Deal owner", lambda lead: REPS[lead.rep], FACT),
    ]
    write(folder, "deals.csv", text_of(table(columns, leads), quote=1))
    return truth(columns, leads, "Deal ID", "Create Date", ("Date entered 'Closed won'", "Date entered 'Closed lost'"))


def loans_coded(folder: Path, leads: list[Lead]) -> Truth:
    """Write loan applications with letters for states: A, D, W, P; funded on a day."""
    columns = [
        Col("APP_NO", lambda lead: f"{lead.n:07d}"),
        Col("APP_DT", lambda lead: f"{lead.created:%Y%m%d}"),
        Col("DISP_CD", lambda lead: "A" if lead.won else ("D", "W", "D")[lead.reason] if lead.lost else "P", OUTCOME),
        Col("DISP_DT", lambda lead: f"{lead.closed:%Y%m%d}" if lead.closed else None, OUTCOME),
        Col("FUNDED_AMT", only("won", lambda lead: lead.amount), FACT),
        Col("LOAN_PURPOSE", lambda lead: ("HOME", "CAR", "DEBT", "OTHER")[lead.product], ANSWER, "category"),
        Col("REQ_AMT", lambda lead: 1000 * (1 + lead.budget * 5 + lead.n % 4), ANSWER, "number"),
        Col("CHNL", lambda lead: SOURCES["en"][lead.source], CHANNEL + ANSWER),
        Col("APPLICANT_AGE", lambda lead: 20 + lead.size % 50, PROFILE, "number"),
    ]
    write(folder, "APPS.TXT", text_of(table(columns, leads), delimiter="|"))
    return truth(columns, leads, "APP_NO", "APP_DT", ("DISP_DT",))


def years_apart(folder: Path, leads: list[Lead]) -> Truth:
    """Write a file a year, with the same columns."""
    columns = [
        Col("Lead ID", lambda lead: f"L{lead.n:05d}"),
        Col("Created Date", lambda lead: iso(lead.created)),
        Col("Lead Source", lambda lead: SOURCES["en"][lead.source], CHANNEL),
        Col("Service Needed", lambda lead: PRODUCTS[lead.product], ANSWER, "category"),
        Col("Outcome", by_end("Won", "Lost", ""), OUTCOME),
        Col("Closed Date", lambda lead: iso(lead.closed), OUTCOME),
    ]
    for year in (2024, 2025, 2026):
        write(
            folder, f"leads_{year}.csv", text_of(table(columns, [lead for lead in leads if lead.created.year == year]))
        )
    return truth(columns, leads, "Lead ID", "Created Date", ("Closed Date",))


def charity_french(folder: Path, leads: list[Lead]) -> Truth:
    """Write a French charity's contacts: a gift received tells the win, a refusal is a tick; nothing else is a word."""
    columns = [
        Col("Réf. contact", lambda lead: f"D-{lead.n:05d}"),
        Col("Saisi le", lambda lead: french(lead.created)),
        Col("Prénom", lambda lead: lead.first, CONTACT),
        Col("Origine du contact", lambda lead: SOURCES["fr"][lead.source], CHANNEL),
        Col("Cause préférée", lambda lead: PRODUCTS[lead.product], ANSWER, "category"),
        Col("Relances envoyées", lambda lead: len(lead.calls), EFFORT, "number"),
        Col("Don reçu le", only("won", lambda lead: french(lead.closed)), OUTCOME),
        Col("Montant du don", only("won", lambda lead: f"{euro(lead.amount)} €"), FACT),
        Col("Refus le", only("lost", lambda lead: french(lead.closed)), OUTCOME),
        Col("Coût d'acquisition", lambda lead: f"{1 + lead.n % 4},20 €", EFFORT),
    ]
    write(folder, "contacts.csv", text_of(table(columns, leads), delimiter=";"), "cp1252")
    return truth(columns, leads, "Réf. contact", "Saisi le", ("Don reçu le", "Refus le"))


def questions_italian(folder: Path, leads: list[Lead]) -> Truth:
    """Write an Italian agency's form, whole questions as headers, with a state that was typed by hand."""
    columns = [
        Col("Invio #", lambda lead: lead.n + 1),
        Col("Informazioni cronologiche", lambda lead: f"{lead.created:%d/%m/%Y %H.%M.%S}"),
        Col("Come ti chiami?", lambda lead: f"{lead.first} {lead.last}", CONTACT),
        Col("Come ci hai trovato?", lambda lead: SOURCES["es"][lead.source], CHANNEL),
        Col("Di cosa hai bisogno?", lambda lead: PRODUCTS[lead.product], ANSWER, "category"),
        Col("Hai già un fornitore?", lambda lead: "Sì" if lead.asked_before else "No", ANSWER, "flag"),
        Col(
            "Quando vorresti iniziare?",
            lambda lead: ("quest'anno", "questo trimestre", "questo mese")[lead.hurry],
            ANSWER,
            "category",
        ),
        Col("Quante persone siete?", lambda lead: lead.size, PROFILE + ANSWER, "number"),
        Col("esito (ufficio)", by_end("venduto", "perso", "in trattativa"), OUTCOME),
        Col("data esito", lambda lead: lead.closed and f"{lead.closed:%d/%m/%Y}", OUTCOME),
        Col("n. chiamate fatte", lambda lead: len(lead.calls), EFFORT, "number"),
    ]
    workbook(folder, "Risposte del modulo.xlsx", {"Risposte del modulo 1": table(columns, leads)})
    return truth(columns, leads, "Invio #", "Informazioni cronologiche", ("data esito",))


FIFTH_SIXTEEN = (
    *(solar, gym_spanish, saas_trials, saas_no_close, school_log, insurer_italian, dealer_dutch, dentist_portuguese),
    *(wholesale_lines, venue, hiring_german, wide_stages, loans_coded, years_apart, charity_french, questions_italian),
)
