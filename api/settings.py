"""What an installation may set, each by an environment variable `YCT_…`."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from api.provision.places import var_folder
from dispatch_core.errors import InvalidInput
from dispatch_core.fleet.datum import Datum
from maps.folder import DEFAULT_REGION


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """`database_url` None: the private cluster below `var`; `jt808_port` None: no terminals are served.

    `shares_ports`: other processes of this installation listen on the same ones. `bus`: a NATS server that
    carries positions between processes; None: they follow the table. `raster_url` has {z}, {x}, {y}: pictures
    of the ground from another service, in `raster_datum` (wgs84 or gcj02).
    """

    var: Path
    region: str = DEFAULT_REGION
    database_url: str | None = None
    host: str = "127.0.0.1"
    port: int = 8080
    largest_body: int = 6_000_000  # the speeds of 100,000 edges
    public_url: str = ""
    jt808_port: int | None = None
    shares_ports: bool = False
    bus: str | None = None
    raster_url: str = ""
    raster_datum: str = Datum.WGS84
    raster_attribution: str = ""

    def __post_init__(self) -> None:
        if self.raster_datum not in (Datum.WGS84, Datum.GCJ02):
            raise InvalidInput("YCT_RASTER_DATUM", f"is wgs84 or gcj02, not {self.raster_datum}")

    @property
    def operator_token_file(self) -> Path:
        """Written at the first start, readable by its owner alone."""
        return self.var / "operator.token"


def from_environment() -> Settings:
    return Settings(
        var=var_folder(),
        region=os.environ.get("YCT_REGION", DEFAULT_REGION),
        database_url=os.environ.get("YCT_DATABASE_URL") or None,
        bus=os.environ.get("YCT_BUS") or None,
        public_url=os.environ.get("YCT_PUBLIC_URL", "").rstrip("/"),
        raster_url=os.environ.get("YCT_RASTER_URL", ""),
        raster_datum=os.environ.get("YCT_RASTER_DATUM", Datum.WGS84),
        raster_attribution=os.environ.get("YCT_RASTER_ATTRIBUTION", ""),
    )
