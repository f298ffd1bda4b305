"""Group commits on a real database agree with plain lists, whatever comes in whatever order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from dispatch_core.fleet.capability import Capability
from dispatch_core.fleet.fixes import Fixes, Sender, event_number, microseconds, row_of
from dispatch_core.fleet.telemetry import Fix, TelemetryParams
from dispatch_core.geo import LonLat
from dispatch_core.ids import UnitId
from dispatch_core.services.tracking import Recorded, record_fixes
from dispatch_core.store import positions
from tests.city import NOON, Desk, corner, town_ground
from tests.unit.fleet.oracle import Archive

PARAMS = TelemetryParams()
# So that short random drives have devices that outvote themselves.
HASTY = TelemetryParams(outvoted_by=2)


def sent(desk: Desk, *batch: tuple[Sender, Fix], params: TelemetryParams = PARAMS) -> Recorded:
    fixes = Fixes.gathered((sender, [row_of(sender.device_id, fix)]) for sender, fix in batch)
    return record_fixes(desk.uow, town_ground(), fixes, params=params)


def fix_at(place: LonLat, at: datetime, event_id: str | None = None, **facts: object) -> Fix:
    return Fix(event_id=event_id or str(uuid4()), lon=place.lon, lat=place.lat, fixed_at=at, **facts)  # type: ignore[arg-type]


def test_what_is_committed_is_there_for_another_connection(desk: Desk) -> None:
    unit = desk.add_unit("A1", corner(1, 1), Capability.ALS)
    with desk.engine.connect() as connection:
        rows = connection.execute(text("SELECT unit_id, device_id, lon, refused FROM dispatch.fix")).all()
    assert [tuple(row) for row in rows] == [(unit, unit, corner(1, 1).lon, None)]


def test_a_fix_sent_again_is_told_what_became_of_it_and_stored_once(desk: Desk) -> None:
    unit = desk.add_unit("A1", corner(1, 1), Capability.ALS)
    me = Sender(device_id=unit, unit_id=unit)
    good = fix_at(corner(1, 1.1), NOON + timedelta(seconds=9), "a")
    bad = fix_at(corner(9, 9), NOON + timedelta(seconds=10), "b", is_mock=True)
    desk.wait(10)
    first = sent(desk, (me, good), (me, bad))
    again = sent(desk, (me, bad), (me, good))
    assert (first.reasons, first.repeated.tolist()) == ([None, "mock"], [False, False])
    assert (again.reasons, again.repeated.tolist()) == (["mock", None], [True, True])
    with desk.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM dispatch.fix")).scalar_one() == 3
        assert positions.refusals(connection, unit) == {"mock": 1}


def test_a_wrong_first_fix_is_outvoted_though_each_comes_alone(desk: Desk) -> None:
    unit = desk.add_unit("A1", corner(8, 8), Capability.ALS)
    me = Sender(device_id=unit, unit_id=unit)
    told = []
    for _ in range(5):
        desk.wait(1)
        told += sent(desk, (me, fix_at(corner(1, 1), desk.now))).reasons
    jump = "impossible_speed"
    assert told == [jump, jump, jump, None, None]
    with desk.engine.connect() as connection:
        assert positions.newest(connection)[unit].fixed_at == desk.now


def test_back_fill_is_judged_against_the_later_neighbour_too(desk: Desk) -> None:
    unit = desk.add_unit("A1", corner(1, 1), Capability.ALS)
    me = Sender(device_id=unit, unit_id=unit)
    desk.wait(60)
    sent(desk, (me, fix_at(corner(2, 1), desk.now)))
    late = sent(desk, (me, fix_at(corner(8, 8), desk.now - timedelta(seconds=1))))
    assert late.reasons == ["impossible_speed"]


def test_a_fix_dated_far_ahead_is_kept_once_and_slows_nothing_afterwards(desk: Desk) -> None:
    unit = desk.add_unit("A1", corner(1, 1), Capability.ALS)
    me = Sender(device_id=unit, unit_id=unit)
    ahead = fix_at(corner(1, 1), datetime(2099, 1, 1, tzinfo=UTC), "x")
    assert sent(desk, (me, ahead)).reasons == ["in_future"]
    assert sent(desk, (me, ahead)).repeated.tolist() == [True]
    desk.wait(5)
    assert sent(desk, (me, fix_at(corner(1, 1), desk.now))).moved.fixed_at_us.tolist() == [
        microseconds(desk.now)
    ]


def test_days_beyond_retention_are_dropped_as_a_whole(desk: Desk) -> None:
    with desk.engine.begin() as connection:
        first = (NOON - timedelta(days=40)).date()
        positions.ensure_partitions(connection, first=first, days=42)
    unit = desk.add_unit("A1", corner(1, 1), Capability.ALS)
    me = Sender(device_id=unit, unit_id=unit)
    sent(desk, (me, fix_at(corner(1, 1), NOON - timedelta(days=35))))
    with desk.engine.begin() as connection:
        assert positions.drop_partitions(connection, before=(NOON - timedelta(days=30)).date()) == 10
        assert connection.execute(text("SELECT count(*) FROM dispatch.fix")).scalar_one() == 1


def test_an_event_has_the_number_that_the_migration_gave_it(engine: Engine) -> None:
    device_id = uuid4()
    number = text(
        "SELECT ('x' || encode(substr(sha256(convert_to(CAST(CAST(:d AS uuid) AS text) || :e, 'UTF8')), "
        "1, 8), 'hex'))::bit(64)::bigint"
    )
    with engine.connect() as connection:
        found = connection.execute(number, {"d": device_id, "e": "救护-1"}).scalar_one()
    assert found == event_number(device_id, "救护-1")


_PLACES = [corner(4, 4), corner(4, 4.1), corner(4, 4.5), corner(0, 0), LonLat(125.0, 33.0)]
_reports = st.tuples(
    st.integers(0, 1), st.integers(0, 3), st.integers(0, 40), st.integers(0, 4), st.booleans()
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(_reports, min_size=1, max_size=8), min_size=1, max_size=5))
def test_any_commits_in_any_order_agree_with_plain_lists(
    desk: Desk, commits: list[list[tuple[int, int, int, int, bool]]]
) -> None:
    unit = desk.add_unit(str(uuid4()), corner(4, 4), Capability.ALS)
    devices = [
        Sender(device_id=UUID(int=n, version=4) if n else uuid4(), unit_id=UnitId(unit), priority=p)
        for n, p in ((0, 50), (0, 10))
    ]
    with desk.engine.begin() as connection:
        for table in ("position", "last_heard", "fix"):
            connection.execute(text(f"DELETE FROM dispatch.{table}"))
    archive = Archive(box=town_ground().box, params=HASTY)
    for reports in commits:
        batch = [
            (devices[d], fix_at(_PLACES[p], NOON + timedelta(seconds=s - 40), f"{e}", is_mock=mock))
            for d, e, s, p, mock in reports
        ]
        recorded = sent(desk, *batch, params=HASTY)
        expected = archive.receive(batch, desk.now)
        assert list(zip(recorded.reasons, recorded.repeated.tolist(), strict=True)) == expected
        with desk.engine.connect() as connection:
            stored = connection.execute(text("SELECT count(*) FROM dispatch.fix")).scalar_one()
            where = positions.newest(connection).get(unit)
        assert stored == len(archive.stored)
        marked = None if archive.marker is None else archive.marker[0].fixed_at
        assert (None if where is None else where.fixed_at) == marked
