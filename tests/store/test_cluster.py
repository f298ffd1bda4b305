"""The private cluster lives through what machines do to it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import psycopg
import pytest

from api.cluster import Cluster, configuration, named_server, postmaster
from dispatch_core.errors import Unavailable


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A cluster of its own for the tests that break it; durable, as the service's is."""
    cluster = Cluster(folder=tmp_path_factory.mktemp("cluster") / "var" / "pg")
    cluster.ensure_running()
    yield cluster
    cluster.stop()
    shutil.rmtree(cluster.folder)


@pytest.fixture
def cluster(made: Cluster) -> Cluster:
    made.ensure_running()
    return made


@contextmanager
def passing(folder: Path) -> Iterator[Cluster]:
    """A fast cluster for one test; it may lie elsewhere than asked, so it cleans up after itself."""
    cluster = Cluster(folder=folder, durable=False)
    try:
        yield cluster
    finally:
        cluster.stop()
        shutil.rmtree(cluster.folder)


def pid_of(cluster: Cluster) -> int:
    pid = cluster.status().pid
    assert pid is not None
    return pid


def note(cluster: Cluster, word: str) -> None:
    with cluster.connect("yunchetong") as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS note (word text)")
        connection.execute("INSERT INTO note VALUES (%s)", [word])


def notes(cluster: Cluster) -> set[str]:
    with cluster.connect("yunchetong") as connection:
        return {word for (word,) in connection.execute("SELECT word FROM note")}


def test_the_database_has_postgis_and_keeps_what_is_committed(cluster: Cluster) -> None:
    with cluster.connect("yunchetong") as connection:
        metres = connection.execute(
            "SELECT ST_Distance('POINT(0 0)'::geography, 'POINT(0 1)'::geography)"
        ).fetchone()
        settings = {
            name: connection.execute("SELECT current_setting(%s)", [name]).fetchone()
            for name in ("fsync", "synchronous_commit", "full_page_writes", "listen_addresses")
        }
    assert metres == (pytest.approx(110_574.4, abs=0.1),)  # a degree of latitude at the equator of WGS-84
    assert settings == {
        "fsync": ("on",),
        "synchronous_commit": ("on",),
        "full_page_writes": ("on",),
        "listen_addresses": ("",),
    }


def test_nobody_but_its_owner_may_reach_the_socket(cluster: Cluster) -> None:
    assert cluster.sockets.stat().st_mode & 0o777 == 0o700
    assert len(str(cluster.sockets / ".s.PGSQL.5432")) < 108


def test_a_running_server_is_used_again(cluster: Cluster) -> None:
    before = pid_of(cluster)
    assert cluster.ensure_running() == cluster.url()
    assert pid_of(cluster) == before


def test_what_was_committed_outlives_a_killed_server(cluster: Cluster) -> None:
    note(cluster, "kill")
    os.kill(pid_of(cluster), signal.SIGKILL)
    cluster.ensure_running()
    assert "kill" in notes(cluster)


def test_a_backend_stuck_in_a_query_does_not_bar_the_next_start(cluster: Cluster) -> None:
    with cluster.connect("yunchetong") as stuck, ThreadPoolExecutor(1) as pool:
        burning = "SELECT count(*) FROM generate_series(1, 2000000000)"
        sleeping = pool.submit(lambda: stuck.execute(burning))
        assert postmaster.wait_until(lambda: burning in queries(cluster), timeout_s=10)
        os.kill(pid_of(cluster), signal.SIGKILL)
        cluster.ensure_running()
        with pytest.raises(psycopg.OperationalError):
            sleeping.result(timeout=30)
    assert cluster.status().accepts


def queries(cluster: Cluster) -> list[str]:
    with cluster.connect() as connection:
        return [query for (query,) in connection.execute("SELECT query FROM pg_stat_activity")]


def test_a_pid_file_whose_number_another_program_has_now_is_no_server(cluster: Cluster) -> None:
    cluster.stop()
    (cluster.folder / "postmaster.pid").write_text(f"{os.getpid()}\n{cluster.folder}\n")
    assert cluster.status().pid is None
    cluster.ensure_running()
    assert pid_of(cluster) != os.getpid()


def test_a_server_without_a_free_connection_is_waited_for_not_stopped(cluster: Cluster) -> None:
    before = pid_of(cluster)
    with ExitStack() as crowd:
        with suppress(psycopg.OperationalError):
            while True:
                crowd.enter_context(cluster.connect())
        with pytest.raises(Unavailable, match="takes no connection"):
            Cluster(folder=cluster.folder, patience_s=0.1).ensure_running()
    assert pid_of(cluster) == before


def test_a_swept_socket_folder_is_made_again(cluster: Cluster) -> None:
    shutil.rmtree(cluster.sockets)
    cluster.ensure_running()
    assert cluster.status().accepts


def test_a_socket_folder_that_others_may_enter_is_refused(cluster: Cluster) -> None:
    cluster.stop()
    cluster.sockets.mkdir(mode=0o700)
    cluster.sockets.chmod(0o777)
    with pytest.raises(Unavailable, match="not ours alone"):
        cluster.ensure_running()
    cluster.sockets.rmdir()


def test_processes_that_race_to_start_it_all_get_the_same_server(cluster: Cluster) -> None:
    cluster.stop()
    program = (
        "import sys; from pathlib import Path; from api.cluster import Cluster;"
        "c = Cluster(folder=Path(sys.argv[1])); c.ensure_running(); print(c.status().pid)"
    )
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(cluster.folder)], stdout=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    pids = {racer.communicate(timeout=120)[0].strip() for racer in racers}
    assert [racer.returncode for racer in racers] == [0, 0, 0]
    assert pids == {str(pid_of(cluster))}


def test_the_last_session_to_leave_stops_the_server(cluster: Cluster) -> None:
    with cluster.session():
        with cluster.session():
            pass
        assert cluster.status().accepts
    assert cluster.status().pid is None


def test_the_last_session_waits_for_connections_that_are_being_closed(cluster: Cluster) -> None:
    with cluster.session():
        going = cluster.connect()
        threading.Timer(1.0, going.close).start()
    assert cluster.status().pid is None


def test_a_pinned_server_stays_when_the_last_session_leaves(cluster: Cluster) -> None:
    cluster.pin()
    with cluster.session():
        pass
    assert cluster.status().accepts
    cluster.stop()
    assert cluster.status().pid is None


def test_a_half_made_cluster_is_made_anew(tmp_path: Path) -> None:
    with passing(tmp_path / "pg") as cluster:
        half = cluster.folder.with_name("pg.new")
        half.mkdir()
        (half / "PG_VERSION").write_text("15\n")
        cluster.ensure_running()
        assert cluster.status().accepts
        assert not half.exists()


def test_without_fsync_a_crash_of_the_machine_costs_the_data_and_nothing_else(tmp_path: Path) -> None:
    with passing(tmp_path / "pg") as cluster:
        cluster.ensure_running()
        note(cluster, "gone")
        os.kill(pid_of(cluster), signal.SIGKILL)
        (cluster.folder / "boot_id").write_text("another boot")
        cluster.ensure_running()
        with pytest.raises(psycopg.errors.UndefinedTable):
            notes(cluster)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has folders that others may not enter")
def test_root_is_served_below_a_folder_that_only_root_may_enter(tmp_path: Path) -> None:
    shut = tmp_path / "shut"
    shut.mkdir(mode=0o700)
    with passing(shut / "var" / "pg") as cluster:
        cluster.ensure_running()
        note(cluster, "in")
        assert notes(cluster) == {"in"}


def test_a_setting_with_a_quote_is_written_so_that_it_is_read_back(tmp_path: Path) -> None:
    (tmp_path / "postgresql.conf").write_text("")
    configuration.write(tmp_path, sockets=Path("/tmp/it's"), cluster_name="yct-x", durable=True)
    assert "unix_socket_directories = '/tmp/it''s'\n" in (tmp_path / configuration.FILE).read_text()


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("postgresql://desk@db/city", "postgresql+psycopg://desk@db/city"),
        ("postgres://desk@db/city", "postgresql+psycopg://desk@db/city"),
        ("postgresql+psycopg://desk@db/city", "postgresql+psycopg://desk@db/city"),
        ("", None),
    ],
)
def test_a_named_server_is_spelled_for_psycopg_3(
    monkeypatch: pytest.MonkeyPatch, given: str, wanted: str | None
) -> None:
    monkeypatch.setenv("YCT_DATABASE_URL", given)
    assert named_server() == wanted
