"""Background work on the same PostgreSQL: enqueued in the business transaction, or not at all."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import procrastinate
from sqlalchemy import Connection, Engine, text

from api import clock
from api.planning.launch import Interrupted, PlanLauncher
from api.rounds import RoundsThread
from dispatch_core.ids import PlanId
from dispatch_core.store import outbox, positions

log = logging.getLogger("yct.jobs")

KEPT_FACTS = 200_000
PARTITIONS_AHEAD_DAYS = 7
KEPT_DAYS = 31  # of fixes: one more than the oldest that is believed
# Procrastinate's own entry point; it finds its tables by the search_path that our engine sets.
_DEFER = text(
    "SELECT procrastinate_defer_jobs_v1(ARRAY["
    "ROW(:queue, :task, 0, :lock, NULL, CAST(:arguments AS jsonb), NULL)::procrastinate_job_to_defer_v1])"
)
AT_ONCE = 4
RECOVER_EVERY_S = 30.0
AGAIN_S = 2.0


def send_tracking_link(connection: Connection, *, phone: str, url: str) -> None:
    """Queues the message with the caller's transaction; it goes out only if that commits."""
    _defer(connection, "sms", "send_tracking_link", {"phone": phone, "url": url})


def run_plan(connection: Connection, plan_id: PlanId) -> None:
    """Queues a planner's scenario with the caller's transaction; one runs at a time in the whole city."""
    _defer(connection, "plans", "run_plan", {"plan_id": str(plan_id)}, lock="plans")


def _defer(
    connection: Connection, queue: str, task: str, arguments: dict[str, str], *, lock: str | None = None
) -> None:
    told = msgspec.json.encode(arguments).decode()
    connection.execute(_DEFER, {"queue": queue, "task": task, "lock": lock, "arguments": told})


class SimulatedSmsGateway:
    """Stands in for the city's SMS gateway (docs/reference/sms-gateway.md): messages are lines of a file."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def send(self, phone: str, message: str) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        line = {"at": clock.now().isoformat(), "to": phone, "text": message, "simulated": True}
        with self._file.open("ab") as file:
            file.write(msgspec.json.encode(line) + b"\n")


def upkeep(engine: Engine) -> None:
    """Partitions for the days ahead; old days of fixes and old facts forgotten."""
    with engine.begin() as connection:
        first = (clock.now() - timedelta(days=1)).date()
        positions.ensure_partitions(connection, first=first, days=PARTITIONS_AHEAD_DAYS + 1)
        positions.drop_partitions(connection, before=(clock.now() - timedelta(days=KEPT_DAYS)).date())
        outbox.drop_older(connection, keep=KEPT_FACTS)


class Worker(RoundsThread):
    """Procrastinate's worker in a thread with an event loop of its own."""

    def __init__(self, engine: Engine, *, messages: Path, region: str) -> None:
        super().__init__("jobs", log, patience_s=10.0)
        address = engine.url.render_as_string(hide_password=False).replace("+psycopg", "", 1)
        connector = procrastinate.PsycopgConnector(
            conninfo=address, kwargs={"options": "-c search_path=jobs,public"}, min_size=1, max_size=4
        )
        self._app = procrastinate.App(connector=connector)
        gateway = SimulatedSmsGateway(messages)
        self._launcher = PlanLauncher(engine, region)
        again = procrastinate.RetryStrategy(max_attempts=5, retry_exceptions=[Interrupted])
        self._app.task(name="run_plan", queue="plans", retry=again)(self._launcher.run_by_text)

        @self._app.task(
            name="send_tracking_link", queue="sms", retry=procrastinate.RetryStrategy(max_attempts=5, wait=10)
        )
        def send(phone: str, url: str) -> None:
            gateway.send(phone, f"【云车通】救援正在赶来，点此查看：{url}")

        @self._app.periodic(cron="7 * * * *")
        @self._app.task(name="upkeep", queue="upkeep", pass_context=False)
        def keep_up(timestamp: int) -> None:
            log.info("upkeep of %d", timestamp)
            upkeep(engine)

        self._loop = asyncio.new_event_loop()
        self._task: asyncio.Task[Any] | None = None

    def _rouse(self) -> None:
        self._launcher.stop()
        if self._task is not None:
            self._loop.call_soon_threadsafe(self._task.cancel)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        super()._run()
        self._loop.close()

    def _round(self) -> None:
        try:
            self._loop.run_until_complete(self._work())
        except asyncio.CancelledError:
            return
        except Exception as error:
            log.warning("waiting for the database: %s", type(error).__name__)
            self._stopping.wait(AGAIN_S)

    async def _work(self) -> None:
        self._task = asyncio.current_task()
        if self._stopping.is_set():  # before it could be cancelled
            return
        async with self._app.open_async():
            recovering = asyncio.create_task(self._recover())
            try:
                await self._app.run_worker_async(
                    install_signal_handlers=False, fetch_job_polling_interval=1.0,
                    delete_jobs="successful", concurrency=AT_ONCE,
                )  # fmt: skip
            finally:
                recovering.cancel()

    async def _recover(self) -> None:
        """Jobs of a process that died are done by another: a killed service forgets no message, no plan."""
        jobs = self._app.job_manager
        while True:
            for job in await jobs.get_stalled_jobs():
                with contextlib.suppress(procrastinate.exceptions.ConnectorException):  # another was faster
                    await jobs.retry_job(job)
            await asyncio.sleep(RECOVER_EVERY_S)
