"""Salesforce's outbound messages: SOAP in, an acknowledgement out. Entities and document types, by which XML attacks, are refused."""

from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from serving.schemas.problems import INVALID_XML, refusal

XML_MEDIA_TYPES = ("text/xml", "application/xml")
ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
OUTBOUND = "http://soap.sforce.com/2005/09/outbound"
TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"


def messages_of(body: bytes) -> list[dict[str, Any]]:
    """Return each notification of an outbound message: its Id, its sObject's fields and type, and what stands above all of them.

    Raises
    ------
    RefusedError
        If it is no outbound message.
    """
    try:
        root = fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        rule, remedy = "must be XML without a document type", "send the outbound message as it is"
        raise refusal(INVALID_XML, "body", rule, str(error)[:80], remedy) from error
    outer = root.find(f"{{{ENVELOPE}}}Body/{{{OUTBOUND}}}notifications")
    if outer is None:
        rule, remedy = "must be an outbound message in a SOAP envelope", "let Salesforce send to this address"
        raise refusal(INVALID_XML, "body", rule, repr(root.tag[:80]), remedy)
    above = {_name(part): _told(part) for part in outer if not len(part)}
    return [above | _message(part) for part in outer if len(part)]


def acknowledgement(taken: bool) -> str:
    """Return the answer to an outbound message; what is not taken Salesforce sends again, for a day."""
    told = f'<notificationsResponse xmlns="{OUTBOUND}"><Ack>{str(taken).lower()}</Ack></notificationsResponse>'
    return f'<soapenv:Envelope xmlns:soapenv="{ENVELOPE}"><soapenv:Body>{told}</soapenv:Body></soapenv:Envelope>'


def _message(notification: Element) -> dict[str, Any]:
    return {_name(part): _object(part) if len(part) else _told(part) for part in notification}


def _object(part: Element) -> dict[str, str | None]:
    kind = part.get(TYPE, "").rpartition(":")[2]
    return {"type": kind, **{_name(field): _told(field) for field in part}}


def _name(part: Element) -> str:
    return part.tag.rpartition("}")[2]


def _told(part: Element) -> str | None:
    return part.text or None
