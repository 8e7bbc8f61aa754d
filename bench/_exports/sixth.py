"""Fourteen exports that were written once what the fifth set found was mended: their first figure is that of the mended draft."""

from datetime import timedelta
from pathlib import Path

from bench._exports.cells import by_end, euro, french, german, iso, mail, only, sf_id, us
from bench._exports.company import EXPORTED, Lead
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


def telecom_portuguese(folder: Path, leads: list[Lead]) -> Truth:
    """Write a Portuguese carrier's calling list: a flag of one letter, minutes of calls, a commission."""
    columns = [
        Col("num_contacto", lambda lead: 910_000 + lead.n),
        Col("data_entrada", lambda lead: f"{lead.created:%Y/%m/%d}"),
        Col("tarifario_pretendido", lambda lead: PRODUCTS[lead.product], ANSWER, "category"),
        Col(
            "operador_atual",
            lambda lead: ("Meo", "Nos", "Vodafone", "Outro")[lead.country],
            ANSWER + PROFILE,
            "category",
        ),
        Col("idade", lambda lead: 18 + lead.size % 60, PROFILE, "number"),
        Col("campanha", lambda lead: SOURCES["es"][lead.source], CHANNEL),
        Col("minutos_ao_telefone", lambda lead: 3 * len(lead.calls) + (9 if lead.won else 2), EFFORT, "number"),
        Col("vendido", by_end("S", "N", ""), OUTCOME),
        Col("data_fecho", lambda lead: f"{lead.closed:%Y/%m/%d}" if lead.closed else None, OUTCOME),
        Col("comissao", only("won", lambda lead: euro(lead.amount / 50)), LATE + OUT),
    ]
    write(folder, "lista.csv", text_of(table(columns, leads), delimiter=";"))
    return truth(columns, leads, "num_contacto", "data_entrada", ("data_fecho",))


def law_firm(folder: Path, leads: list[Lead]) -> Truth:
    """Write intakes of an American law firm: retained, declined by the firm, referred out, or pending."""
    lost = ("Declined - no case", "Referred out", "PNC did not respond")
    columns = [
        Col("Intake #", lambda lead: f"INT-{lead.n:05d}"),
        Col("Intake Date/Time", lambda lead: f"{us(lead.created)} {lead.created:%I:%M %p}"),
        Col("Potential Client", lambda lead: f"{lead.first} {lead.last}", CONTACT),
        Col("Practice Area", lambda lead: ("PI", "Family", "Estate", "Criminal")[lead.product], ANSWER, "category"),
        Col("Incident within 2 years?", lambda lead: "Yes" if lead.asked_before else "No", ANSWER, "flag"),
        Col("Marketing Source", lambda lead: SOURCES["en"][lead.source], CHANNEL),
        Col(
            "Intake Status",
            lambda lead: "Retained" if lead.won else lost[lead.reason] if lead.lost else "Pending",
            OUTCOME,
        ),
        Col("Status Date", lambda lead: us(lead.closed), OUTCOME),
        Col("Retainer Amount", only("won", lambda lead: f"${lead.amount:,.2f}"), FACT),
        Col("Follow-ups Sent", lambda lead: len(lead.calls), EFFORT, "number"),
        Col("Intake Specialist", lambda lead: REPS[lead.rep], FACT),
    ]
    write(folder, "Intakes.csv", text_of(table(columns, leads), quote=1))
    return truth(columns, leads, "Intake #", "Intake Date/Time", ("Status Date",))


def coaching_german(folder: Path, leads: list[Lead]) -> Truth:
    """Write a German coach's requests: a contract's day, a day of giving notice for some who were won, a day of refusal."""
    columns = [
        Col("Kontakt-ID", lambda lead: f"K{lead.n + 100}"),
        Col("Erstgespräch angefragt am", lambda lead: german(lead.created)),
        Col("E-Mail-Adresse", mail, CONTACT),
        Col("Thema", lambda lead: ("Karriere", "Führung", "Gesundheit", "Gründung")[lead.product], ANSWER, "category"),
        Col("Wie dringend ist es?", lambda lead: HURRY["de"][lead.hurry], ANSWER, "category"),
        Col("Aufmerksam geworden durch", lambda lead: SOURCES["de"][lead.source], CHANNEL),
        Col("Anzahl Telefonate", lambda lead: len(lead.calls), EFFORT, "number"),
        Col("Vertrag unterschrieben am", only("won", lambda lead: german(lead.closed)), OUTCOME),
        Col(
            "Kündigung am",
            lambda lead: (
                german(lead.closed + timedelta(days=80)) if lead.won and lead.closed and lead.n % 3 == 0 else None
            ),
            LATE + OUT,
        ),
        Col("Abgesagt am", only("lost", lambda lead: german(lead.closed)), OUTCOME),
        Col("Honorar", only("won", lambda lead: f"{euro(lead.amount)} €"), FACT),
    ]
    write(folder, "kontakte.csv", text_of(table(columns, leads), delimiter=";"), "cp1252")
    return truth(
        columns, leads, "Kontakt-ID", "Erstgespräch angefragt am", ("Vertrag unterschrieben am", "Abgesagt am")
    )


def wholesaler_dutch_log(folder: Path, leads: list[Lead]) -> Truth:
    """Write a Dutch wholesaler's requests and a log of all that happened, orders and refusals among it."""
    columns = [
        Col("aanvraag_id", lambda lead: f"A{lead.n:05d}"),
        Col("aangevraagd_op", lambda lead: iso(lead.created)),
        Col("bedrijf", lambda lead: lead.company, ACCOUNT),
        Col("gewenst_product", lambda lead: PRODUCTS[lead.product], ANSWER, "category"),
        Col("aantal_stuks", lambda lead: lead.visits * 10 + 5, ANSWER, "number"),
        Col("herkomst", lambda lead: SOURCES["en"][lead.source], CHANNEL),
    ]
    rows = []
    for lead in leads:
        no = f"A{lead.n:05d}"
        rows += [
            (no, ("gebeld", "e-mail gestuurd", "bezoek gebracht")[at % 3], iso(call), REPS[lead.rep])
            for at, call in enumerate(lead.calls)
        ]
        if lead.closed:
            rows.append(
                (no, "bestelling geplaatst" if lead.won else "aanvraag afgewezen", iso(lead.closed), REPS[lead.rep])
            )
    write(folder, "aanvragen.csv", text_of(table(columns, leads)))
    write(folder, "activiteiten.csv", text_of([("aanvraag_id", "soort", "tijdstip", "medewerker"), *rows]))
    return truth(columns, leads, "aanvraag_id", "aangevraagd_op", ("tijdstip",), sum(len(lead.calls) for lead in leads))


def warehouse_flags(folder: Path, leads: list[Lead]) -> Truth:
    """Write a table of a warehouse: three flags, milliseconds, touches and cost of advertising summed by a job at night."""
    columns = [
        Col("lead_sk", lambda lead: 5_000_000 + lead.n),
        Col("created_ts", lambda lead: int((lead.created - EXPORTED).total_seconds() * 1000) + 1_772_355_600_000),
        Col("is_won", lambda lead: int(lead.won), OUTCOME),
        Col("is_lost", lambda lead: int(lead.lost), OUTCOME),
        Col("is_open", lambda lead: int(lead.end == "open"), OUTCOME),
        Col(
            "closed_ts",
            lambda lead: (
                int((lead.closed - EXPORTED).total_seconds() * 1000) + 1_772_355_600_000 if lead.closed else None
            ),
            OUTCOME,
        ),
        Col("first_touch_channel", lambda lead: SOURCES["en"][lead.source], CHANNEL),
        Col("touch_count", lambda lead: len(lead.calls) + 1, EFFORT, "number"),
        Col("ad_cost_usd", lambda lead: round(1 + lead.n % 31 / 3, 2), EFFORT, "number"),
        Col("product_interest", lambda lead: PRODUCTS[lead.product], ANSWER, "category"),
        Col("company_size", lambda lead: lead.size, PROFILE, "number"),
        Col("arr_usd", only("won", lambda lead: lead.amount), FACT),
    ]
    write(folder, "dim_lead.csv", text_of(table(columns, leads)))
    return truth(columns, leads, "lead_sk", "created_ts", ("closed_ts",))


def groups_spanish(folder: Path, leads: list[Lead]) -> Truth:
    """Write group bookings of a Spanish hotel: confirmed, cancelled before confirming, tentative; the day of arrival."""
    columns = [
        Col("Localizador", lambda lead: f"G{lead.n:05d}"),
        Col("Fecha solicitud", lambda lead: french(lead.created)),
        Col("Agencia", lambda lead: lead.company, ACCOUNT + CHANNEL),
        Col("Llegada", lambda lead: f"{lead.created + timedelta(days=120 + lead.size % 60):%d/%m/%Y}", ANSWER + OUT),
        Col("Noches", lambda lead: 1 + lead.hurry, ANSWER, "number"),
        Col("Habitaciones", lambda lead: 5 + lead.visits, ANSWER, "number"),
        Col("Régimen", lambda lead: ("AD", "MP", "PC", "SA")[lead.product], ANSWER, "category"),
        Col("Canal de entrada", lambda lead: SOURCES["es"][lead.source], CHANNEL),
        Col("Estado", by_end("Confirmado", "Cancelado", "Tentativo"), OUTCOME),
        Col("Fecha estado", lambda lead: french(lead.closed), OUTCOME),
        Col("Importe total", only("won", lambda lead: f"{euro(lead.amount)} €"), FACT),
    ]
    write(folder, "grupos.csv", text_of(table(columns, leads), delimiter=";"), "utf-8-sig")
    return truth(columns, leads, "Localizador", "Fecha solicitud", ("Fecha estado",))


def franchise_italian(folder: Path, leads: list[Lead]) -> Truth:
    """Write candidates of an Italian franchise: signed, not interested, under review; capital in bands."""
    columns = [
        Col("Candidato n.", lambda lead: lead.n + 1),
        Col("Data candidatura", lambda lead: f"{lead.created:%d-%m-%Y}"),
        Col("Cognome e nome", lambda lead: f"{lead.last} {lead.first}", CONTACT),
        Col(
            "Capitale disponibile",
            lambda lead: ("nessuno", "meno di 20.000 €", "da 20.000 a 50.000 €", "oltre 50.000 €")[lead.budget],
            ANSWER,
            "category",
        ),
        Col("Provincia", lambda lead: ("MI", "RM", "TO", "NA")[lead.country], PROFILE),
        Col("Fonte", lambda lead: SOURCES["es"][lead.source], CHANNEL),
        Col("Formato scelto", lambda lead: PRODUCTS[lead.product], ANSWER, "category"),
        Col("Solleciti", lambda lead: len(lead.calls), EFFORT, "number"),
        Col("Esito", by_end("Contratto firmato", "Non interessato", "In valutazione"), OUTCOME),
        Col("Data esito", lambda lead: lead.closed and f"{lead.closed:%d-%m-%Y}", OUTCOME),
        Col("Referente", lambda lead: REPS[lead.rep], FACT),
    ]
    workbook(folder, "candidature.xlsx", {"Foglio1": table(columns, leads)})
    return truth(columns, leads, "Candidato n.", "Data candidatura", ("Data esito",))


def tutoring_payments(folder: Path, leads: list[Lead]) -> Truth:
    """Write pupils who asked for lessons, and payments: who paid was won at the first payment; nobody writes down a loss."""
    columns = [
        Col("student_id", lambda lead: f"S{lead.n:05d}"),
        Col("enquired_at", lambda lead: iso(lead.created)),
        Col("subject", lambda lead: ("Maths", "English", "Physics", "Latin")[lead.product], ANSWER, "category"),
        Col("lessons_per_week", lambda lead: 1 + lead.hurry, ANSWER, "number"),
        Col("heard_from", lambda lead: SOURCES["en"][lead.source], CHANNEL),
        Col("year_group", lambda lead: 7 + lead.size % 6, ANSWER + PROFILE),
    ]
    payments = [
        (f"P{lead.n:05d}{at}", f"S{lead.n:05d}", iso(lead.closed + timedelta(days=30 * at)), f"{lead.amount / 40:.2f}")
        for lead in leads
        if lead.won and lead.closed
        for at in range(1 + lead.n % 3)
        if lead.closed + timedelta(days=30 * at) < EXPORTED
    ]
    write(folder, "students.csv", text_of(table(columns, leads)))
    write(folder, "payments.csv", text_of([("payment_id", "student_id", "paid_at", "amount"), *payments]))
    right = truth(columns, leads, "student_id", "enquired_at", ("paid_at",))
    return Truth(
        right.won, 0, right.lost + right.open, right.lead_id, right.created, right.closed, right.roles, right.types
    )


def russian_orders(folder: Path, leads: list[Lead]) -> Truth:
    """Write a Russian workshop's requests in Windows' encoding: paid, refused by the client, in work."""
    columns = [
        Col("№", lambda lead: lead.n + 1),
        Col("Дата обращения", lambda lead: f"{lead.created:%d.%m.%Y %H:%M}"),
        Col("ФИО", lambda lead: f"{lead.last} {lead.first}", CONTACT),
        Col("Источник", lambda lead: ("Сайт", "Отзыв", "Выставка", "База", "Звонок")[lead.source], CHANNEL),
        Col("Какая услуга нужна", lambda lead: PRODUCTS[lead.product], ANSWER, "category"),
        Col("Бюджет", lambda lead: f"{lead.budget * 10} 000", ANSWER, "number"),
        Col("Количество звонков", lambda lead: len(lead.calls), EFFORT, "number"),
        Col("Статус", by_end("Оплачено", "Клиент отказался", "В работе"), OUTCOME),  # noqa: RUF001
        Col("Дата закрытия", lambda lead: lead.closed and f"{lead.closed:%d.%m.%Y %H:%M}", OUTCOME),
        Col("Сумма заказа", only("won", lambda lead: f"{lead.amount:.2f}".replace(".", ",")), FACT),
        Col("Ответственный", lambda lead: REPS[lead.rep], FACT),
    ]
    write(folder, "заявки.csv", text_of(table(columns, leads), delimiter=";"), "cp1251")
    return truth(columns, leads, "№", "Дата обращения", ("Дата закрытия",))


def members_french(folder: Path, leads: list[Lead]) -> Truth:
    """Write a French club's contacts: members, members who left (they were won), and who did not follow it up."""

    def state(lead: Lead) -> str:
        if lead.won:
            return "Résilié" if lead.n % 4 == 1 else "Adhérent"
        return "Sans suite" if lead.lost else "Essai en cours"

    columns = [
        Col("Identifiant", lambda lead: f"ADH{lead.n:05d}"),
        Col("Premier contact le", lambda lead: french(lead.created)),
        Col("Courriel", mail, CONTACT),
        Col("Formule souhaitée", lambda lead: PRODUCTS[lead.product], ANSWER, "category"),
        Col("Objectif", lambda lead: ("Perte de poids", "Force", "Santé", "Plaisir")[lead.budget], ANSWER, "category"),
        Col("Connu par", lambda lead: SOURCES["fr"][lead.source], CHANNEL),
        Col("Statut", state, OUTCOME),
        Col("Date adhésion", only("won", lambda lead: french(lead.closed)), OUTCOME),
        Col("Date classement sans suite", only("lost", lambda lead: french(lead.closed)), OUTCOME),
        Col(
            "Date résiliation",
            lambda lead: french(lead.closed + timedelta(days=99)) if lead.closed and state(lead) == "Résilié" else None,
            LATE + OUT,
        ),
        Col("Coût du contact", lambda lead: f"{2 + lead.n % 6},50", EFFORT),
    ]
    write(folder, "adherents.csv", text_of(table(columns, leads), delimiter=";"), "cp1252")
    return truth(columns, leads, "Identifiant", "Premier contact le", ("Date adhésion", "Date classement sans suite"))


def rfp_tracker(folder: Path, leads: list[Lead]) -> Truth:
    """Write a consultancy's requests for proposals: W, L, NB (no bid) or nothing; award dates, hours spent on the bid."""
    columns = [
        Col("RFP No.", lambda lead: f"{lead.n + 1:04d}/25"),
        Col("Received", lambda lead: f"{lead.created:%d-%b-%y}"),
        Col("Client", lambda lead: lead.company, ACCOUNT),
        Col("Discipline", lambda lead: ("Structural", "Civil", "MEP", "Fire")[lead.product], ANSWER, "category"),
        Col("Est. Fee Asked For", lambda lead: f"{lead.budget * 20 + 10}k", ANSWER + LATE),
        Col("Invited via", lambda lead: SOURCES["en"][lead.source], CHANNEL),
        Col("W/L", lambda lead: "W" if lead.won else ("L", "NB", "L")[lead.reason] if lead.lost else "", OUTCOME),
        Col("Award Date", lambda lead: f"{lead.closed:%d-%b-%y}" if lead.closed else None, OUTCOME),
        Col("Bid Hours", lambda lead: 4 * len(lead.calls) + 3, EFFORT, "number"),
        Col("PM", lambda lead: REPS[lead.rep], FACT),
    ]
    workbook(folder, "RFP log.xlsx", {"Log": [["RFP LOG"], [], *table(columns, leads)]})
    return truth(columns, leads, "RFP No.", "Received", ("Award Date",))


def months_as_sheets(folder: Path, leads: list[Lead]) -> Truth:
    """Write a workbook with a sheet a quarter, all of the same columns."""
    columns = [
        Col("Ref", lambda lead: f"E{lead.n:05d}"),
        Col("Enquiry Date", lambda lead: lead.created),
        Col("Source", lambda lead: SOURCES["en"][lead.source], CHANNEL),
        Col("Wants", lambda lead: PRODUCTS[lead.product], ANSWER, "category"),
        Col("Won/Lost", by_end("Won", "Lost", ""), OUTCOME),
        Col("Date Decided", lambda lead: lead.closed, OUTCOME),
    ]
    quarters = sorted({(lead.created.year, (lead.created.month - 1) // 3) for lead in leads})
    sheets = {
        f"Q{quarter + 1} {year}": table(
            columns, [one for one in leads if (one.created.year, (one.created.month - 1) // 3) == (year, quarter)]
        )
        for year, quarter in quarters
    }
    workbook(folder, "Enquiries.xlsx", sheets)
    return truth(columns, leads, "Ref", "Enquiry Date", ("Date Decided",))


def listings(folder: Path, leads: list[Lead]) -> Truth:
    """Write an American estate agent's sellers: a day for each step and no state; closed on one, withdrawn on another."""
    columns = [
        Col("MLS Ref", lambda lead: f"M{lead.n + 70_000}"),
        Col("Inquiry Date", lambda lead: us(lead.created)),
        Col("Seller", lambda lead: f"{lead.first} {lead.last}", CONTACT),
        Col("Walkthrough Date", lambda lead: us(lead.created + timedelta(days=2)) if lead.stage else None, LATE + OUT),
        Col("Listing Signed Date", only("won", lambda lead: us(lead.closed)), OUTCOME),
        Col("Withdrawn Date", only("lost", lambda lead: us(lead.closed)), OUTCOME),
        Col(
            "Property Type",
            lambda lead: ("House", "Condo", "Land", "Multi")[lead.product],
            ANSWER + PROFILE,
            "category",
        ),
        Col("Selling Timeline", lambda lead: HURRY["en"][lead.hurry], ANSWER, "category"),
        Col("Asking Price", lambda lead: f"${200 + lead.size},000", ANSWER + FACT),
        Col("Referral Source", lambda lead: SOURCES["en"][lead.source], CHANNEL),
        Col("Texts Sent", lambda lead: len(lead.calls), EFFORT, "number"),
    ]
    write(folder, "sellers.csv", text_of(table(columns, leads)))
    return truth(columns, leads, "MLS Ref", "Inquiry Date", ("Listing Signed Date", "Withdrawn Date"))


def agency_funnel(folder: Path, leads: list[Lead]) -> Truth:
    """Write an agency's funnel: days of stages on the way, a score, a tick for won and the reason for lost."""
    columns = [
        Col("SFDC Id", lambda lead: sf_id("00Q", lead.n)),
        Col("Lead Created", lambda lead: f"{lead.created:%Y-%m-%d %H:%M}"),
        Col(
            "MQL Date", lambda lead: f"{lead.created + timedelta(days=1):%Y-%m-%d}" if lead.stage else None, LATE + OUT
        ),
        Col(
            "SQL Date",
            lambda lead: f"{lead.created + timedelta(days=3):%Y-%m-%d}" if lead.stage == 2 else None,
            LATE + OUT,
        ),
        Col("Lead Score", lambda lead: lead.visits * 7, LATE + ANSWER, "number"),
        Col("Won?", by_end("Yes", "No", ""), OUTCOME),
        Col("Decision Date", lambda lead: f"{lead.closed:%Y-%m-%d}" if lead.closed else None, OUTCOME),
        Col("If no, why", only("lost", lambda lead: REASONS["en"][lead.reason]), FACT),
        Col("Channel", lambda lead: SOURCES["en"][lead.source], CHANNEL),
        Col("Goal", lambda lead: PRODUCTS[lead.product], ANSWER, "category"),
        Col("CPL", lambda lead: f"${10 + lead.n % 20}", EFFORT),
        Col("Emails Opened", lambda lead: lead.visits, EFFORT + ANSWER, "number"),
    ]
    write(folder, "funnel.csv", text_of(table(columns, leads)))
    return truth(columns, leads, "SFDC Id", "Lead Created", ("Decision Date",))


SIXTH_FOURTEEN = (
    *(
        telecom_portuguese,
        law_firm,
        coaching_german,
        wholesaler_dutch_log,
        warehouse_flags,
        groups_spanish,
        franchise_italian,
    ),
    *(tutoring_payments, russian_orders, members_french, rfp_tracker, months_as_sheets, listings, agency_funnel),
)
