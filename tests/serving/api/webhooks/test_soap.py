"""Outbound messages are read, and XML that attacks is not."""

from __future__ import annotations

import pytest
from defusedxml.ElementTree import fromstring

from serving.api.webhooks.soap import acknowledgement, messages_of
from serving.schemas.problems import RefusedError

MESSAGE = """\
<?xml version="1.0" encoding="UTF-8"?>
<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
 <soapenv:Body>
  <notifications xmlns="http://soap.sforce.com/2005/09/outbound">
   <OrganizationId>00D</OrganizationId>
   <SessionId xsi:nil="true"/>
   NOTIFICATIONS
  </notifications>
 </soapenv:Body>
</soapenv:Envelope>"""
NOTIFICATION = """\
<Notification><Id>04l{id}</Id><sObject xsi:type="sf:Opportunity" xmlns:sf="urn:sobject.enterprise.soap.sforce.com">\
<sf:Id>006{id}</sf:Id><sf:StageName>Closed &amp; Won</sf:StageName><sf:Amount/></sObject></Notification>"""
BOMB = '<!DOCTYPE a [<!ENTITY b "cc"><!ENTITY d "&b;&b;">]>'


def outbound(*numbers: int) -> bytes:
    return MESSAGE.replace("NOTIFICATIONS", "".join(NOTIFICATION.format(id=number) for number in numbers)).encode()


def test_each_notification_is_a_message() -> None:
    first, second = messages_of(outbound(1, 2))

    assert first == {
        "OrganizationId": "00D",
        "SessionId": None,
        "Id": "04l1",
        "sObject": {"type": "Opportunity", "Id": "0061", "StageName": "Closed & Won", "Amount": None},
    }
    assert second["sObject"]["Id"] == "0062"
    assert messages_of(outbound()) == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<a/>",
        b"<a>",
        b"\xff\xfe",
        b"{}",
        outbound(1)[:-5],
        (BOMB + "<a>&d;</a>").encode(),
        b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
        b'<!DOCTYPE a SYSTEM "http://127.0.0.1/a.dtd"><a/>',
        b'<?xml version="1.0" encoding="nothing"?><a/>',
    ],
)
def test_anything_else_is_refused(body: bytes) -> None:
    with pytest.raises(RefusedError, match="must be") as refused:
        messages_of(body)

    assert refused.value.problem.status == 400


@pytest.mark.parametrize("taken", [True, False])
def test_acknowledgement_is_a_soap_answer(taken: bool) -> None:
    (ack,) = fromstring(acknowledgement(taken)).iter("{http://soap.sforce.com/2005/09/outbound}Ack")

    assert ack.text == str(taken).lower()
