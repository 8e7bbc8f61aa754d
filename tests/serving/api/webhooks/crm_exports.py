"""Small exports as HubSpot and Salesforce write them, all of it made up."""

from __future__ import annotations

from pathlib import Path

HUBSPOT = """\
Record ID,Deal Name,Deal Stage,Close Date,Deal owner,Amount,Create Date,Original Traffic Source,Budget,Closed Lost Reason
9100001,Nordwind,Closed Won,2026-03-04 10:30,Ann Lee,12000,2026-01-12 09:15,Organic Search,"5,000 to 20,000",
9100002,Südstern,Closed Lost,2026-02-20 16:00,Bo Chen,,2026-01-13 11:00,Paid Search,none,No budget
9100003,Westend,Qualified To Buy,2026-12-31 00:00,Ann Lee,8000,2026-01-20 08:05,Referrals,,
9100004,Ostwerk,Contract Sent,,Bo Chen,,2026-02-01 13:45,Offline Sources,"over 20,000",
"""
OPPORTUNITY = """\
"Id","AccountId","Name","StageName","Amount","CloseDate","LeadSource","IsClosed","IsWon","OwnerId","CreatedDate","Budget__c","Loss_Reason__c"
"0065g00000A1aAAB","001x","Nordwind","Closed Won","12000.0","2026-03-04","Web","true","true","005a","2026-01-12T09:15:00.000Z","5,000 to 20,000",""
"0065g00000A1bAAB","001x","Südstern","Closed Lost","","2026-02-20","Trade Show","true","false","005b","2026-01-13T11:00:00.000Z","none","Price"
"0065g00000A1cAAB","001x","Westend","Negotiation/Review","8000.0","2026-12-31","Web","false","false","005a","2026-01-20T08:05:00.000Z","",""
"""
TASK = """\
"Id","WhoId","WhatId","Subject","ActivityDate","Status","OwnerId","TaskSubtype","CreatedDate"
"00T1","003x","0065g00000A1aAAB","Call","2026-01-15","Completed","005a","Call","2026-01-15T10:00:00.000Z"
"00T2","003x","0065g00000A1aAAB","Offer","2026-01-20","Completed","005a","Email","2026-01-20T12:00:00.000Z"
"00T3","003y","0065g00000A1cAAB","Prepare","2026-01-21","Completed","005a","Task","2026-01-21T12:00:00.000Z"
"00T4","003y","0065g00000A1bAAB","Call","2026-01-22","Completed","005b","Call","2026-01-22T12:00:00.000Z"
"""


def write_hubspot(folder: Path) -> Path:
    """Write the export of HubSpot."""
    folder.mkdir()
    (folder / "deals.csv").write_text(HUBSPOT, encoding="utf-8")
    return folder


def write_salesforce(folder: Path) -> Path:
    """Write the export of Salesforce."""
    folder.mkdir()
    (folder / "Opportunity.csv").write_text(OPPORTUNITY, encoding="utf-8")
    (folder / "Task.csv").write_text(TASK, encoding="utf-8")
    return folder
