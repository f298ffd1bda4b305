"""HTTP as a careful app speaks it: every call is repeated until the service answers."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import httpx

FIRST_WAIT_S, LONGEST_WAIT_S = 0.3, 5.0


class Refused(Exception):
    """The service answered, and the answer is no."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        super().__init__(f"{status} {problem.get('type', '')} {problem.get('detail', '')}")
        self.status = status
        self.problem = problem


class Client:
    """One app's connection; `lost` counts calls that had to be repeated."""

    def __init__(self, http: httpx.AsyncClient, token: str) -> None:
        self._http = http
        self._headers = {"Authorization": f"Bearer {token}"}
        self.lost = 0

    async def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """The JSON of the answer, None without content; repeats while nobody answers or it says 503."""
        wait_s = FIRST_WAIT_S
        while True:
            try:
                answer = await self._http.request(
                    method, path, json=body, headers={**self._headers, **headers}, timeout=60
                )
                if answer.status_code not in (502, 503, 504):
                    break
            except httpx.TransportError:
                pass
            self.lost += 1
            await asyncio.sleep(wait_s * random.uniform(0.5, 1.5))
            wait_s = min(wait_s * 2, LONGEST_WAIT_S)
        if answer.status_code >= 400:
            raise Refused(answer.status_code, answer.json() if answer.content else {})
        return answer.json() if answer.content else None
