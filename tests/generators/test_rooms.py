"""Rooms that can be, and what is said of those that cannot."""

import re

import pytest

from silentfoley.errors import SilentFoleyError
from silentfoley.generators.rooms import MOST_REFLECTIONS, ROOMS, Room, room_named


def test_named_rooms_are_found_and_others_refused():
    assert room_named("hall") is ROOMS["hall"]
    with pytest.raises(SilentFoleyError, match="room 'cave': is unknown; use one of booth, bathroom, living_room"):
        room_named("cave")
    with pytest.raises(SilentFoleyError, match=r"is unknown; did you mean 'bathroom'\? use one of booth"):
        room_named("bath_room")
    assert all(room.reflections <= MOST_REFLECTIONS for room in ROOMS.values())


def test_absorption_is_sabines():
    # 4 x 5 x 3 m: 60 m3, 94 m2.
    assert Room((4, 5, 3), 0.5).absorption == pytest.approx(0.161 * 60 / (94 * 0.5))


@pytest.mark.parametrize(
    ("size", "rt60", "said"),
    [
        ((4, 5, 0.5), 0.5, r"Room size_m: \(4.0, 5.0, 0.5\) is no room; give three sides from 1 to 100 m"),
        ((4, 5), 0.5, "is no room"),
        ((4, 5, float("nan")), 0.5, "is no room"),
        ((4, 5, 3), 0.01, "Room rt60_s: 0.01 s is out of range; use 0.05 to 5"),
        ((60, 50, 40), 0.5, r"Room rt60_s 0.5: is shorter than a room of 60x50x40 m can be; use 1.32 or more"),
        ((2, 2, 2), 3.0, r"Room rt60_s 3: takes \d+ reflections in a row in a room so small; use 0.45 or less"),
    ],
)
def test_impossible_rooms_are_refused(size, rt60, said):
    with pytest.raises(SilentFoleyError, match=said) as caught:
        Room(size, rt60)
    if found := re.match("use ([0-9.]+) or", caught.value.remedy):
        assert Room(size, float(found[1])).size_m == size, "the advice can be followed"
