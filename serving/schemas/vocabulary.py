"""Words that requests, answers and the store share, each with one meaning."""

from typing import Literal, get_args

Status = Literal["open", "won", "lost"]
STATUSES: tuple[Status, ...] = get_args(Status)
"""How a lead stands."""

Whose = Literal["mine", "team", "unowned", "everyone"]
WHOSE: tuple[Whose, ...] = get_args(Whose)
"""Whose leads a queue shows: the team’s are those that are somebody’s; everyone’s are all."""

Direction = Literal["too high", "too low"]
DIRECTIONS: tuple[Direction, ...] = get_args(Direction)
"""In which direction a rep finds a score wrong."""
