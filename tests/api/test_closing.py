"""When the service ends, nobody who waits has to be cut off."""

from __future__ import annotations

import threading
import time
from typing import Any

from tests.api.town import Town
from tests.waiting import eventually


def test_who_waits_for_news_is_sent_home_when_the_service_ends(town_service: Town) -> None:
    device = town_service.device("救护01")
    came: dict[str, Any] = {}

    def poll() -> None:
        came["poll"] = device.get("/v1/driver/mission?wait_s=50", timeout=60).status_code

    def follow() -> None:
        came["stream"] = [name for name, _, _ in town_service.events()]

    waiting = [threading.Thread(target=each, daemon=True) for each in (poll, follow)]
    for thread in waiting:
        thread.start()
    time.sleep(1.0)  # both wait by now
    assert came == {}
    town_service.service.bus.close()  # what the server does at the first signal
    eventually(lambda: len(came) == len(waiting))
    assert came["poll"] == 204
    assert came["stream"][0] == "snapshot"
