"""A study's figures for other programs: CSV for tables, GeoPackage and GeoParquet for QGIS."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import geopandas
import h3
import shapely

from simulations.drawing import hexagons
from simulations.study import Study


def write_tables(studies: Sequence[Study], folder: Path) -> None:
    """`replications.csv` (one line a run), `hexagons.gpkg` and `hexagons.parquet` (WGS-84)."""
    folder.mkdir(parents=True, exist_ok=True)
    names = list(dict.fromkeys(name for study in studies for name in study.figures))
    with (folder / "replications.csv").open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines)
        writer.writerow(["scenario", "replication", *names])
        for study in studies:
            for k in range(len(study.figures["mean_s"])):
                row = [study.figures[name][k] if name in study.figures else "" for name in names]
                writer.writerow([study.name, k, *row])
    rows = [
        {
            "scenario": study.name, "h3": cell, "calls": calls, "mean_s": mean_s, "late_share": late,
            "geometry": shapely.Polygon([(lon, lat) for lat, lon in h3.cell_to_boundary(cell)]),
        }
        for study in studies
        for cell, (calls, mean_s, late) in hexagons(study).items()
    ]  # fmt: skip
    frame = geopandas.GeoDataFrame(rows, crs="EPSG:4326")
    frame.to_file(folder / "hexagons.gpkg", driver="GPKG")
    frame.to_parquet(folder / "hexagons.parquet")
