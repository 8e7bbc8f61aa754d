"""Writes the hotels' bookings as a dated file: booked so many days before arrival, and decided on a day of their own.

No booking has an id or a date of its own, so rows are numbered. Days have no clock: what happened on a day is known in its evening.
"""

from pathlib import Path

import pandas as pd

EVENING = pd.Timedelta(hours=23, minutes=59, seconds=59)
RENAMED = {
    "stays_in_weekend_nights": "weekend_nights",
    "stays_in_week_nights": "week_nights",
    "reserved_room_type": "room",
    "deposit_type": "deposit",
    "adr": "price",
    "customer_type": "customer",
    "is_repeated_guest": "repeated_guest",
    "previous_cancellations": "cancelled_before",
    "previous_bookings_not_canceled": "kept_before",
}


def write_bookings(source: Path, folder: Path) -> Path:
    """Write `bookings.csv` into a folder from the published file, with every column of it; return it."""
    bookings = pd.read_csv(source, keep_default_na=False, low_memory=False).rename(columns=RENAMED)
    day = bookings["arrival_date_day_of_month"].astype(str)
    named = bookings["arrival_date_year"].astype(str) + "-" + bookings["arrival_date_month"] + "-" + day
    arrival = pd.to_datetime(named, format="%Y-%B-%d")
    decided = pd.to_datetime(bookings["reservation_status_date"], format="%m/%d/%Y")
    bookings.insert(0, "lead_id", [f"booking-{row}" for row in range(len(bookings))])
    nights = pd.to_timedelta(bookings["weekend_nights"] + bookings["week_nights"], unit="D")
    bookings["departure"] = (arrival + nights).dt.strftime("%Y-%m-%d")
    bookings["created_at"] = (arrival - pd.to_timedelta(bookings["lead_time"], unit="D")).dt.strftime("%Y-%m-%d")
    bookings["closed_at"] = decided.dt.strftime("%Y-%m-%d")
    bookings["recorded_at"] = (decided + EVENING).dt.strftime("%Y-%m-%dT%H:%M:%S")
    bookings["kept"] = 1 - bookings["is_canceled"]
    bookings["children"] = bookings["children"].replace("NA", "")
    file = folder / "bookings.csv"
    bookings.to_csv(file, index=False)
    return file
