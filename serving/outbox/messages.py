"""Telling people in words: what is due goes out as one message, at the times and as often as each of them wants."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from serving.outbox.apprise_post import ApprisePost, MessageAddressError
from serving.outbox.delivery import Rhythm
from serving.outbox.hours import day_of, is_quiet, next_hour
from serving.outbox.wording import Addressee, OutboxMessage, message_of, subject_of
from serving.schemas.notices import NoticeKind
from serving.settings.messages import MessageSettings
from serving.store.deliveries import MAX_RETRIES_READ, Failed, Held, Notice, PassedOver, Result
from serving.store.listing import leads_named
from serving.store.records import LeadStanding
from serving.store.sent_messages import SentMessages, keep_sent, sent_since, spoken_with
from serving.store.store import Store
from serving.store.waiting import still_due

log = logging.getLogger("glengarry")

RHYTHM = Rhythm(seconds=5.0, most=MAX_RETRIES_READ, probes=MAX_RETRIES_READ)
"""What is due together is one message, also after one that failed."""
SECONDS = 30.0
"""So long a message may take."""
MINUTE = 60_000_000
DAY = 86_400_000_000

Post = Callable[[OutboxMessage, float], str | None]
"""Sends a message within so many seconds, and returns why it was not taken."""


@dataclass(frozen=True)
class MessageDesk:
    """What messages are written from.

    Attributes
    ----------
    ours
        The kinds of events that are our doing.
    week
        Returns what is sent when a week has begun, as of a time (microseconds UTC).
    """

    store: Store
    ours: tuple[str, ...]
    week: Callable[[int], OutboxMessage]


class MessageDelivery:
    """Somebody of `[[outbox.messages]]`.

    Parameters
    ----------
    clock
        Seconds since 1970.
    desk
        None where nothing but a trial is sent.
    link
        Returns where a lead is looked at.
    post
        Sends; without it, the address in the environment is sent to.
    """

    def __init__(
        self,
        settings: MessageSettings,
        zone: ZoneInfo,
        environment: Mapping[str, str],
        clock: Callable[[], float],
        desk: MessageDesk | None = None,
        link: Callable[[str], str] = lambda _: "",
        post: Post | None = None,
    ) -> None:
        self.settings, self.zone = settings, ZoneInfo(settings.time_zone) if settings.time_zone else zone
        self._environment, self._clock, self._desk, self._post = environment, clock, desk, post
        self._written: tuple[int, OutboxMessage] | None = None
        self.reader = Addressee(self.zone, settings.role == "rep", link)

    @property
    def name(self) -> str:
        """By what the store knows them."""
        return self.settings.name

    @property
    def kinds(self) -> frozenset[NoticeKind]:
        """What they want to hear of."""
        return self.settings.wants

    @property
    def rhythm(self) -> Rhythm:
        """How often and how much they are told."""
        return RHYTHM

    def send(self, batch: Sequence[Notice], until: float) -> dict[str, Result]:
        """Send what is due now, hold what is not, and pass over what is none of theirs or no longer so."""
        now, results = round(self._clock() * 1e6), dict[str, Result]()
        trials = [notice for notice in batch if notice.kind == "test"]
        rest = [notice for notice in batch if notice.kind != "test"]
        letters = [(trials, message_of(trials, {}, self.reader))] if trials else []
        if rest and self._desk is not None:
            ready, standings = self._sorted(rest, results, now)
            letters += self._letters(ready, standings)
            room = self._room(now) + bool(trials)
            for notices, _ in letters[room:]:
                tomorrow = Held(next_hour(self.settings, self.zone, day_of(now, self.zone)[1]))
                results |= dict.fromkeys((notice.notice_id for notice in notices), tomorrow)
            letters = letters[:room]
        for place, (notices, message) in enumerate(letters):
            if self._clock() + SECONDS > until:
                break
            failed = self._call(message)
            results |= dict.fromkeys((notice.notice_id for notice in notices), failed)
            if failed is not None:
                break
            self._keep(notices, now + place)
        return results

    def message(self, notices: Sequence[Notice]) -> OutboxMessage:
        """Return what they would be sent of some notices, whenever that may be."""
        desk = self._desk
        standings = {} if desk is None else self._standings(desk, [one for one in notices if one.lead_id])
        return message_of(notices, standings, self.reader)

    def theirs(self, notices: Sequence[Notice]) -> list[Notice]:
        """Return those of some notices that are for them, and still so."""
        results: dict[str, Result] = {}
        desk = self._desk
        standings = {} if desk is None else self._standings(desk, notices)
        self._pass_over(notices, standings, results)
        return [notice for notice in notices if notice.kind in self.kinds and notice.notice_id not in results]

    def _sorted(
        self, notices: Sequence[Notice], results: dict[str, Result], now: int
    ) -> tuple[list[Notice], Mapping[str, LeadStanding]]:
        """Return what is to be sent now; what becomes of the others goes into the results."""
        desk = self._desk
        standings = {} if desk is None else self._standings(desk, notices)
        self._pass_over(notices, standings, results)
        sent = self._sent(now)
        cooldown = round(self.settings.cooldown_minutes * MINUTE)
        quiet = is_quiet(self.settings, self.zone, now)
        ready = []
        for notice in notices:
            if notice.notice_id in results:
                continue
            told_at = sent.subjects.get(subject_of(notice))
            due = next_hour(self.settings, self.zone, min(notice.at, now))  # the store's clock may be ahead
            if told_at is not None and told_at + cooldown > now:
                due = max(due, next_hour(self.settings, self.zone, told_at + cooldown))
            if due <= now and quiet:
                due = next_hour(self.settings, self.zone, now)
            if due > now:
                results[notice.notice_id] = Held(due)
            else:
                ready.append(notice)
        return ready, standings

    def _pass_over(
        self,
        notices: Sequence[Notice],
        standings: Mapping[str, LeadStanding],
        results: dict[str, Result],
    ) -> None:
        """Pass over what is of leads that are closed or another rep's, that a lead waits with which we have spoken, and calls that were made or called off."""
        desk = self._desk
        waiting = [notice.lead_id for notice in notices if notice.kind == "lead.waits" and notice.lead_id]
        spoken = set() if desk is None else desk.store.ask(spoken_with, waiting, desk.ours)
        promised = [notice for notice in notices if notice.kind == "lead.call_due"]
        due = set() if desk is None else desk.store.ask(still_due, promised, desk.ours)
        for notice in notices:
            if notice.lead_id is None:
                continue
            standing = standings.get(notice.lead_id)
            is_over = standing is None or standing.status != "open"
            is_others = self.settings.role == "rep" and (standing is None or standing.owner != self.settings.rep)
            is_done = (notice.kind == "lead.waits" and notice.lead_id in spoken) or (
                notice.kind == "lead.call_due" and notice.notice_id not in due
            )
            if is_over or is_others or is_done:
                results[notice.notice_id] = PassedOver()

    def _letters(
        self, ready: Sequence[Notice], standings: Mapping[str, LeadStanding]
    ) -> list[tuple[list[Notice], OutboxMessage]]:
        """Return messages with what each of them tells: a week is one of its own."""
        weeks = [notice for notice in ready if notice.kind == "week.began"]
        others = [notice for notice in ready if notice.kind != "week.began"]
        letters = [(others, message_of(others, standings, self.reader))] if others else []
        if weeks and self._desk is not None:
            letters.append((weeks, self._week(self._desk, weeks[-1].at)))
        return letters

    def _week(self, desk: MessageDesk, at: int) -> OutboxMessage:
        """Return what is sent of a week, computed once: a long history takes longer than a receiver may be held, and then it is sent the next time."""
        if self._written is None or self._written[0] != at:
            self._written = at, desk.week(at)
        return self._written[1]

    @staticmethod
    def _standings(desk: MessageDesk, notices: Sequence[Notice]) -> dict[str, LeadStanding]:
        ids = list(dict.fromkeys(notice.lead_id for notice in notices if notice.lead_id))
        found: list[LeadStanding] = desk.store.ask(leads_named, ids) if ids else []
        return {lead.lead_id: lead for lead in found}

    def _sent(self, now: int) -> SentMessages:
        if self._desk is None:
            return SentMessages((), {})
        longest = max(DAY, round(self.settings.cooldown_minutes * MINUTE))
        found: SentMessages = self._desk.store.ask(sent_since, self.name, now - longest - DAY)
        return found

    def _room(self, now: int) -> int:
        """Return how many messages may be sent yet on this day."""
        start, _ = day_of(now, self.zone)
        today = sum(at >= start for at in self._sent(now).at)
        return max(self.settings.most_a_day - today, 0)

    def _keep(self, notices: Sequence[Notice], at: int) -> None:
        told = {subject_of(notice): notice.lead_id for notice in notices if notice.kind != "test"}
        if self._desk is not None and told:
            with self._desk.store.writing(at) as transaction:
                keep_sent(transaction, self.name, at, told)

    def _call(self, message: OutboxMessage) -> Failed | None:
        try:
            post = self._post or self._found_post()
            why = post(message, SECONDS)
        except MessageAddressError as error:
            why = str(error)
        except Exception as error:  # a way of sending may fail in any manner, and says nothing of the others
            log.exception("a message to %s cannot be sent", self.name)
            why = f"it cannot be sent: {type(error).__name__}"
        return None if why is None else Failed(why, is_down=True)

    def _found_post(self) -> Post:
        variable = self.settings.url_variable
        self._post = ApprisePost(self._environment.get(variable, ""), variable).send
        return self._post
