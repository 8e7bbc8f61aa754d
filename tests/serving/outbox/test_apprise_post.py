"""Messages arrive at a real server of mail and of HTTP, and no failure says a secret."""

from __future__ import annotations

import pytest

from serving.outbox.apprise_post import ApprisePost, MessageAddressError
from serving.outbox.wording import OutboxMessage
from tests.serving.outbox.receivers import chat, mailbox

PAGE = OutboxMessage("The week", "2 leads", '<p>2 leads <img src="cid:a.png"></p>', {"a.png": b"\x89PNG"})


def test_mail_takes_the_page_with_its_pictures_in_it() -> None:
    with mailbox() as box:
        assert ApprisePost(box.address, "ANN").send(PAGE, 30) is None

    (mail,) = box.mails
    assert (mail["subject"], "ann@example.com" in mail["to"]) == ("The week", True)
    kinds = {part.get_content_type(): part for part in mail.walk()}
    assert PAGE.html in kinds["text/html"].get_content()
    assert "2 leads" in kinds["text/plain"].get_content()
    assert (kinds["image/png"]["content-id"], kinds["image/png"].get_content()) == ("<a.png>", b"\x89PNG")


def test_what_shows_no_pages_takes_the_text() -> None:
    with chat() as (port, bodies):
        assert ApprisePost(f"json://127.0.0.1:{port}/", "TEAM").send(PAGE, 30) is None
    assert '"message": "2 leads"' in bodies[0]
    assert "PNG" not in bodies[0]


def test_what_is_written_by_others_is_no_markup_in_a_mail() -> None:
    with mailbox() as box:
        ApprisePost(box.address, "ANN").send(OutboxMessage("A", "<b>of a lead</b>"), 30)
    assert [part.get_content_type() for part in box.mails[0].walk()] == ["text/plain"]
    assert "<b>of a lead</b>" in box.mails[0].get_content()


def test_failure_is_said_without_secrets() -> None:
    with chat(status=403) as (port, _):
        why = ApprisePost(f"json://ann:s3cret@127.0.0.1:{port}/token-of-hers", "TEAM").send(OutboxMessage("A", "b"), 30)
    assert why is not None
    assert "403" in why
    assert "s3cret" not in why
    assert "token-of-hers" not in why
    with mailbox() as box:
        box.is_full = True
        assert ApprisePost(box.address, "ANN").send(OutboxMessage("A", "b"), 30) is not None


@pytest.mark.parametrize(
    ("address", "what"), [("", "got nothing"), (" ", "got nothing"), ("sing://ann", "Apprise knows")]
)
def test_address_that_is_none_is_refused_by_its_variable(address: str, what: str) -> None:
    with pytest.raises(MessageAddressError, match=rf"ANN must.*{what}|ANN.*{what}") as refused:
        ApprisePost(address, "ANN")
    assert "sing" not in str(refused.value)
