"""Thirteen exports of systems that no earlier set has: boards, bases, tax-like codes, other alphabets."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from bench._exports.cells import by_end, clock12, euro, iso, mail, only, us
from bench._exports.company import EXPORTED, Lead
from bench._exports.files import table, text_of, workbook, write
from bench._exports.truth import ACCOUNT, ANSWER, CHANNEL, CONTACT, FACT, LATE, OUT, OUTCOME, PROFILE, Col, Truth, truth
from bench._exports.words import BUDGETS, COUNTRIES, HURRY, INDUSTRIES, PRODUCTS, REASONS, REPS, SOURCES

RUSSIAN_SOURCES = ("Сайт", "Рекомендация", "Выставка", "Купленная база", "Звонок")
RUSSIAN_REASONS = ("Дорого", "Не отвечает", "Выбрали конкурента")  # noqa: RUF001


def freshsales_contacts(folder: Path, leads: list[Lead]) -> Truth:
    """Freshsales contacts: a life cycle whose stages end in customer or in lost, and who lost them why."""
    columns = [
        Col("Contact ID", lambda lead: 402_000_000_000 + lead.n),
        Col("First name", lambda lead: lead.first, CONTACT),
        Col("Last name", lambda lead: lead.last, CONTACT),
        Col("Email", mail, CONTACT),
        Col("Lifecycle stage", by_end("Customer", "Lost", "Sales Qualified Lead"), OUTCOME),
        Col("Created at", lambda lead: f"{lead.created:%Y-%m-%dT%H:%M:%S}+00:00"),
        Col("Closed at", lambda lead: lead.closed and f"{lead.closed:%Y-%m-%dT%H:%M:%S}+00:00", OUTCOME),
        Col("Lost reason", only("lost", lambda lead: REASONS["en"][lead.reason]), FACT),
        Col("First source", lambda lead: SOURCES["en"][lead.source], CHANNEL),
        Col("Requirement", lambda lead: PRODUCTS[lead.product], ANSWER, "category"),
        Col("Web form: decision horizon", lambda lead: HURRY["en"][lead.hurry], ANSWER, "category"),
        Col("Employees", lambda lead: f"{lead.size:,}", PROFILE, "number"),
        Col("Sales owner", lambda lead: REPS[lead.rep], FACT),
    ]
    write(folder, "contacts_export.csv", text_of(table(columns, leads), quote=1))
    return truth(columns, leads, "Contact ID", "Created at", ("Closed at",))


def monday_board(folder: Path, leads: list[Lead]) -> Truth:
    """Write a board of monday: three groups with a title and a header each in one sheet, the item's id last."""
    columns = [
        Col("Name", lambda lead: f"{lead.company} {lead.n}", CONTACT),
        Col("Owner", lambda lead: REPS[lead.rep], FACT),
        Col("Stage", by_end("Won", "Lost", "Discovery"), OUTCOME),
        Col("Creation date", lambda lead: f"{lead.created:%Y-%m-%d}"),
        Col("Close date", lambda lead: lead.closed and f"{lead.closed:%Y-%m-%d}", OUTCOME),
        Col("Deal value", only("won", lambda lead: lead.amount), FACT),
        Col("Lead source", lambda lead: SOURCES["en"][lead.source], CHANNEL),
        Col("Package wanted", lambda lead: PRODUCTS[lead.product], ANSWER, "category"),
        Col("Seats asked for", lambda lead: lead.visits + 1, ANSWER, "number"),
        Col("Item ID", lambda lead: 7_100_000_000 + lead.n),
    ]
    rows: list[list[Any]] = [["Deals"], ["All our deals"], []]
    for title, end in (("Active deals", "open"), ("Closed won", "won"), ("Closed lost", "lost")):
        rows += [[title], *table(columns, [lead for lead in leads if lead.end == end]), [], []]
    workbook(folder, "Deals_1772355600.xlsx", {"deals": rows})
    return truth(columns, leads, "Item ID", "Creation date", ("Close date",))


def airtable(folder: Path, leads: list[Lead]) -> Truth:
    """Airtable: selections with emojis, ticks that are written `checked`, days with a small am and pm."""
    columns = [
        Col("Record ID", lambda lead: f"rec{lead.n:06d}aBcDeFg"),
        Col("Lead", lambda lead: f"{lead.first} {lead.last}", CONTACT),
        Col("Status", by_end("✅ Won", "❌ Lost", "🔥 In talks"), OUTCOME),
        Col("Created", lambda lead: (clock12(lead.created) or "").replace(" AM", "am").replace(" PM", "pm")),
        Col("Decision date", lambda lead: us(lead.closed), OUTCOME),
        Col("How did they find us", lambda lead: SOURCES["en"][lead.source], CHANNEL),
        Col("Newsletter", lambda lead: "checked" if lead.newsletter else None, ANSWER, "flag"),
        Col("Budget", lambda lead: BUDGETS["en"][lead.budget], ANSWER, "category"),
        Col("Contract value", only("won", lambda lead: f"${lead.amount:,.2f}"), FACT),
        Col("Onboarding call booked", only("won", lambda _: "checked"), LATE + OUT),
        Col("Team", lambda lead: REPS[lead.rep], FACT),
    ]
    write(folder, "Leads-Grid view.csv", "\ufeff" + text_of(table(columns, leads)))
    return truth(columns, leads, "Record ID", "Created", ("Decision date",))


def copper(folder: Path, leads: list[Lead]) -> Truth:
    """Copper: an abandoned deal is as lost as a lost one; an expected and a completed close."""
    lost = ("Lost", "Abandoned", "Lost")
    columns = [
        Col("Copper ID", lambda lead: 29_000_000 + lead.n),
        Col("Name", lambda lead: f"{lead.company} deal", CONTACT),
        Col("Company", lambda lead: lead.company, ACCOUNT),
        Col("Status", lambda lead: lost[lead.reason] if lead.lost else lead.end.capitalize(), OUTCOME),
        Col("Value", lambda lead: f"{lead.amount:.2f}", FACT),
        Col("Currency", lambda _: "USD", OUT),
        Col("Close Date", lambda lead: f"{lead.due:%m/%d/%Y}", LATE),
        Col("Completed Date", lambda lead: lead.closed and f"{lead.closed:%m/%d/%Y}", OUTCOME),
        Col("Created At", lambda lead: f"{lead.created:%m/%d/%Y %H:%M}"),
        Col("Updated At", lambda lead: f"{lead.closed or EXPORTED:%m/%d/%Y %H:%M}", LATE + OUT),
        Col("Win Probability", by_end(100, 0, 40), LATE),
        Col("Loss Reason", only("lost", lambda lead: REASONS["en"][lead.reason]), FACT),
        Col("Source", lambda lead: SOURCES["en"][lead.source], CHANNEL),
        Col("Interest cf_312", lambda lead: PRODUCTS[lead.product], ANSWER, "category"),
        Col("Owned By", lambda lead: REPS[lead.rep], FACT),
    ]
    write(folder, "opportunities.csv", text_of(table(columns, leads)))
    return truth(columns, leads, "Copper ID", "Created At", ("Completed Date",))


def insightly(folder: Path, leads: list[Lead]) -> Truth:
    """Insightly: capitals, a state beside a stage, a forecast and an actual close, a bid."""
    lost = ("LOST", "ABANDONED", "LOST")
    columns = [
        Col("RecordId", lambda lead: 34_000_000 + lead.n),
        Col("OpportunityName", lambda lead: f"Opp {lead.n}", CONTACT),
        Col("CurrentState", lambda lead: lost[lead.reason] if lead.lost else lead.end.upper(), OUTCOME),
        Col("StageName", lambda lead: ("Qualify", "Propose", "Negotiate")[lead.stage], LATE),
        Col("DateCreated", lambda lead: clock12(lead.created)),
        Col("DateUpdated", lambda lead: clock12(lead.closed or EXPORTED), LATE + OUT),
        Col("ForecastCloseDate", lambda lead: us(lead.due), LATE),
        Col("ActualCloseDate", lambda lead: us(lead.closed), OUTCOME),
        Col("BidCurrency", lambda _: "USD", OUT),
        Col("BidAmount", lambda lead: f"{lead.amount:.4f}", FACT),
        Col("BidDuration", lambda _: "", OUT),
        Col("Category", lambda lead: PRODUCTS[lead.product], ANSWER, "category"),
        Col("LeadSource", lambda lead: SOURCES["en"][lead.source], CHANNEL),
        Col("CUST_Urgency", lambda lead: HURRY["en"][lead.hurry], ANSWER, "category"),
        Col("CUST_SiteVisitsBefore", lambda lead: lead.visits, ANSWER, "number"),
        Col("UserResponsible", lambda lead: REPS[lead.rep], FACT),
    ]
    write(folder, "Opportunities_Export.csv", text_of(table(columns, leads)))
    return truth(columns, leads, "RecordId", "DateCreated", ("ActualCloseDate",))


def sugar_english(folder: Path, leads: list[Lead]) -> Truth:
    """SugarCRM: one close date for plans and for closes, notes in a file of their own by the parent's id."""
    columns = [
        Col("ID", lambda lead: f"{lead.n:08x}-11ef-9c1a-0242ac120002"),
        Col("Opportunity Name", lambda lead: f"Opp {lead.n}", CONTACT),
        Col("Account Name", lambda lead: lead.company, ACCOUNT),
        Col("Sales Stage", by_end("Closed Won", "Closed Lost", "Needs Analysis"), OUTCOME),
        Col("Likely", lambda lead: f"${lead.amount:,.2f}", (*FACT, "late")),
        Col("Expected Close Date", lambda lead: f"{lead.closed or lead.due:%m/%d/%Y}", OUTCOME),
        Col("Date Created", lambda lead: f"{lead.created:%m/%d/%Y %I:%M%p}".lower()),
        Col("Date Modified", lambda lead: f"{lead.closed or EXPORTED:%m/%d/%Y %I:%M%p}".lower(), LATE + OUT),
        Col("Lead Source", lambda lead: SOURCES["en"][lead.source], CHANNEL),
        Col("Type", lambda lead: "Existing Business" if lead.asked_before else "New Business", ANSWER, "category"),
        Col("Timeframe", lambda lead: HURRY["en"][lead.hurry], ANSWER, "category"),
        Col("Next Step", lambda lead: "call" if lead.end == "open" else "", LATE + OUT),
        Col("Assigned User", lambda lead: REPS[lead.rep], FACT),
    ]
    write(folder, "Opportunities.csv", text_of(table(columns, leads), quote=1))
    calls = [
        (f"n{lead.n}-{at}", f"{lead.n:08x}-11ef-9c1a-0242ac120002", ("Call", "Meeting")[at % 2], iso(call))
        for lead in leads
        for at, call in enumerate(lead.calls)
    ]
    write(folder, "Calls.csv", text_of([("ID", "Parent ID", "Direction", "Start Date"), *calls], quote=1))
    return truth(columns, leads, "ID", "Date Created", ("Expected Close Date",), len(calls))


def odoo_italian(folder: Path, leads: list[Lead]) -> Truth:
    """Odoo in Italian: a stage won, a flag that is false for the lost."""
    columns = [
        Col("ID esterno", lambda lead: f"__export__.crm_lead_{lead.n + 9}_3f"),
        Col("Opportunità", lambda lead: f"Opportunità {lead.n}", CONTACT),
        Col("Creato il", lambda lead: iso(lead.created)),
        Col("Fase", by_end("Vinto", "Proposta", "Proposta"), OUTCOME),
        Col("Attivo", lambda lead: "FALSO" if lead.lost else "VERO", OUTCOME),
        Col("Data di chiusura", lambda lead: iso(lead.closed), OUTCOME),
        Col("Ricavi previsti", lambda lead: euro(lead.amount), LATE),
        Col("Motivo di perdita", only("lost", lambda lead: ("Prezzo", "Silenzio", "Altro")[lead.reason]), FACT),
        Col("Fonte", lambda lead: ("Sito", "Passaparola", "Fiera", "Lista", "Telefono")[lead.source], CHANNEL),
        Col(
            "Prodotto richiesto",
            lambda lead: PRODUCTS[lead.product],
            ANSWER,
            "category",
        ),
        Col("Settore", lambda lead: ("Negozi", "Software", "Sanità", "Edilizia", "Trasporti")[lead.industry], PROFILE),
        Col("Numero di dipendenti", lambda lead: lead.size, PROFILE, "number"),
        Col("Venditore", lambda lead: REPS[lead.rep], FACT),
    ]
    write(folder, "Pipeline (crm.lead).csv", text_of(table(columns, leads)))
    return truth(columns, leads, "ID esterno", "Creato il", ("Data di chiusura",))


def bitrix_russian(folder: Path, leads: list[Lead]) -> Truth:
    """Bitrix24 in Russian, the words and the alphabet with it, in Windows' encoding."""
    columns = [
        Col("ID", lambda lead: lead.n + 300),
        Col("Название сделки", lambda lead: f"Сделка {lead.n}", CONTACT),
        Col("Стадия сделки", by_end("Сделка успешна", "Сделка провалена", "В работе"), OUTCOME),  # noqa: RUF001
        Col("Дата создания", lambda lead: f"{lead.created:%d.%m.%Y %H:%M:%S}"),
        Col("Дата закрытия", lambda lead: lead.closed and f"{lead.closed:%d.%m.%Y %H:%M:%S}", OUTCOME),
        Col("Сумма", lambda lead: f"{lead.amount:,.2f}".replace(",", " ").replace(".", ","), FACT),
        Col("Валюта", lambda _: "Рубль", OUT),
        Col("Источник", lambda lead: RUSSIAN_SOURCES[lead.source], CHANNEL),
        Col("Нужный товар", lambda lead: PRODUCTS[lead.product], ANSWER, "category"),
        Col("Обращался раньше", lambda lead: "да" if lead.asked_before else "нет", ANSWER, "flag"),
        Col("Причина отказа", only("lost", lambda lead: RUSSIAN_REASONS[lead.reason]), FACT),
        Col("Ответственный", lambda lead: REPS[lead.rep], FACT),
    ]
    write(folder, "DEAL_20260301_ru.csv", text_of(table(columns, leads), delimiter=";", quote=1), "cp1251")
    return truth(columns, leads, "ID", "Дата создания", ("Дата закрытия",))


def zendesk_sell(folder: Path, leads: list[Lead]) -> Truth:
    """Zendesk Sell: no close but the time of the last change of stage, which open deals have too."""
    lost = ("Lost", "Unqualified", "Lost")
    columns = [
        Col("id", lambda lead: 180_000_000 + lead.n),
        Col("name", lambda lead: f"{lead.company} deal", CONTACT),
        Col("value", lambda lead: f"{lead.amount:.2f}", FACT),
        Col("currency", lambda _: "EUR", OUT),
        Col("stage", lambda lead: lost[lead.reason] if lead.lost else by_end("Won", "", "Incoming")(lead), OUTCOME),
        Col("source", lambda lead: SOURCES["en"][lead.source], CHANNEL),
        Col("loss_reason", only("lost", lambda lead: REASONS["en"][lead.reason]), FACT),
        Col("estimated_close_date", lambda lead: f"{lead.due:%Y-%m-%d}", LATE),
        Col("created_at", lambda lead: lead.created.isoformat() + "Z"),
        Col(
            "last_stage_change_at",
            lambda lead: (lead.closed or lead.created + timedelta(hours=9)).isoformat() + "Z",
            OUTCOME,
        ),
        Col("custom_fields.Plan", lambda lead: PRODUCTS[lead.product], ANSWER, "category"),
        Col("custom_fields.Agents", lambda lead: lead.visits + 2, ANSWER + PROFILE, "number"),
        Col("owner_name", lambda lead: REPS[lead.rep], FACT),
    ]
    write(folder, "deals.0.csv", text_of(table(columns, leads)))
    return truth(columns, leads, "id", "created_at", ("last_stage_change_at",))


def active_campaign(folder: Path, leads: list[Lead]) -> Truth:
    """ActiveCampaign: a status in numbers, a value with the currency behind it, a close that is zero for none."""
    zero = "0000-00-00 00:00:00"
    columns = [
        Col("Deal ID", lambda lead: lead.n + 41),
        Col("Deal Title", lambda lead: f"Deal {lead.n}", CONTACT),
        Col("Deal Status", by_end(1, 2, 0), OUTCOME),
        Col("Status Name", lambda lead: lead.end.capitalize(), OUTCOME),
        Col("Stage", lambda lead: ("To Contact", "In Contact", "Follow Up")[lead.stage], LATE),
        Col("Deal Value", lambda lead: f"${lead.amount:,.2f} USD", FACT),
        Col("Create Date", lambda lead: iso(lead.created)),
        Col("Closed Date", lambda lead: iso(lead.closed) or zero, OUTCOME),
        Col("Contact Email", mail, CONTACT),
        Col("Lead Source", lambda lead: SOURCES["en"][lead.source], CHANNEL),
        Col("Course of interest", lambda lead: PRODUCTS[lead.product], ANSWER, "category"),
        Col("Monthly ad spend", lambda lead: f"${(0, 900, 4500, 12000)[lead.budget]:,}", ANSWER, "number"),
        Col("Deal Owner", lambda lead: REPS[lead.rep], FACT),
    ]
    write(folder, "deals_export.csv", text_of(table(columns, leads), quote=1))
    return truth(columns, leads, "Deal ID", "Create Date", ("Closed Date",))


def sap_orders(folder: Path, leads: list[Lead]) -> Truth:
    """Quotations of SAP: names of five letters, days as eight digits, zeros for none, codes for how they ended."""
    columns = [
        Col("VBELN", lambda lead: f"{20_000_000 + lead.n:010d}"),
        Col("ERDAT", lambda lead: f"{lead.created:%Y%m%d}"),
        Col("KUNNR", lambda lead: f"{1000 + lead.n:010d}", ACCOUNT),
        Col("VKORG", lambda lead: f"{1000 + lead.country}", ANSWER + CHANNEL + PROFILE),
        Col("VTWEG", lambda lead: f"{lead.source:02d}", ANSWER + CHANNEL),
        Col("MATKL", lambda lead: f"M{lead.product:03d}", ANSWER, "category"),
        Col("STATUS_TXT", by_end("Auftrag erteilt", "Abgesagt", "Offen"), OUTCOME),
        Col("ENDDAT", lambda lead: f"{lead.closed:%Y%m%d}" if lead.closed else "00000000", OUTCOME),
        Col("NETWR", lambda lead: euro(lead.amount), FACT),
        Col("WAERK", lambda _: "EUR", OUT),
        Col("ABGRU_TXT", only("lost", lambda lead: REASONS["de"][lead.reason]), FACT),
        Col("ERNAM", lambda lead: f"USER{lead.rep}", FACT),
    ]
    write(folder, "VBAK.csv", text_of(table(columns, leads), delimiter=";"), "cp1252")
    return truth(columns, leads, "VBELN", "ERDAT", ("ENDDAT",))


def stage_history(folder: Path, leads: list[Lead]) -> Truth:
    """Leads, and each change of their stage as a row of a log, without any column that tells the end on the lead."""
    columns = [
        Col("lead_no", lambda lead: f"LD-{lead.n:05d}"),
        Col("entered_on", lambda lead: iso(lead.created)),
        Col("came_from", lambda lead: SOURCES["en"][lead.source], CHANNEL),
        Col("asked_for", lambda lead: PRODUCTS[lead.product], ANSWER, "category"),
        Col("wants_it_by", lambda lead: HURRY["en"][lead.hurry], ANSWER, "category"),
        Col("headcount", lambda lead: lead.size, PROFILE, "number"),
    ]
    write(folder, "leads.csv", text_of(table(columns, leads)))
    log: list[tuple[Any, ...]] = []
    for lead in leads:
        no = f"LD-{lead.n:05d}"
        log.append((no, "New", iso(lead.created)))
        if lead.stage:
            log.append((no, "Contacted", iso(lead.created + timedelta(hours=2))))
        if lead.closed:
            log.append((no, "Won" if lead.won else "Lost", iso(lead.closed)))
    write(folder, "stage_changes.csv", text_of([("lead_no", "stage", "changed_at"), *log]))
    return truth(columns, leads, "lead_no", "entered_on", ("changed_at",))


def countries_mixed(folder: Path, leads: list[Lead]) -> Truth:
    """Write a spreadsheet of a trader with three currencies in one column, written as each country writes them."""

    def money(lead: Lead) -> str:
        return (f"${lead.amount:,.2f}", f"{euro(lead.amount)} €", f"£{lead.amount:,.2f}")[lead.country % 3]

    columns = [
        Col("Ref", lambda lead: f"T/{lead.n:04d}/26"),
        Col("Enquiry date", lambda lead: f"{lead.created:%d-%b-%Y}"),
        Col("Customer", lambda lead: lead.company, ACCOUNT),
        Col("Country", lambda lead: COUNTRIES["en"][lead.country], PROFILE),
        Col("Sector", lambda lead: INDUSTRIES["en"][lead.industry], PROFILE),
        Col("Route in", lambda lead: SOURCES["en"][lead.source], CHANNEL + ANSWER),
        Col("Goods", lambda lead: PRODUCTS[lead.product], ANSWER, "category"),
        Col("Qty", lambda lead: f"{lead.size * 10:,}", ANSWER, "number"),
        Col("Result", by_end("Deal", "No deal"), OUTCOME),
        Col("Result date", lambda lead: lead.closed and f"{lead.closed:%d-%b-%Y}", OUTCOME),
        Col("Order value", only("won", money), FACT),
    ]
    write(folder, "Enquiries 2025-26.csv", text_of(table(columns, leads)))
    return truth(columns, leads, "Ref", "Enquiry date", ("Result date",))


THIRD_THIRTEEN = (
    *(freshsales_contacts, monday_board, airtable, copper, insightly, sugar_english, odoo_italian),
    *(bitrix_russian, zendesk_sell, active_campaign, sap_orders, stage_history, countries_mixed),
)
