"""The server's settings, written anew at every start so that an old cluster gets what this version wants."""

from __future__ import annotations

from pathlib import Path

FILE = "yunchetong.conf"

_ALWAYS = {
    "listen_addresses": "",  # the socket only: who may enter its folder is let in
    "unix_socket_permissions": "0700",
    "port": "5432",
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %a ",
    "jit": "off",  # compiling takes longer than our queries
    "random_page_cost": "1.1",
}
_DURABLE = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "max_wal_size": "2GB",
    "wal_compression": "on",
    "checkpoint_completion_target": "0.9",
    "log_min_duration_statement": "1s",
}
_THROWN_AWAY = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "128MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
}


def write(data: Path, *, sockets: Path, cluster_name: str, durable: bool) -> None:
    """`yunchetong.conf` inside the data folder, included by `postgresql.conf`."""
    settings = {**_ALWAYS, **(_DURABLE if durable else _THROWN_AWAY)}
    settings |= {"unix_socket_directories": str(sockets), "cluster_name": cluster_name}
    quoted = {name: value.replace("'", "''") for name, value in settings.items()}
    (data / FILE).write_text("".join(f"{name} = '{value}'\n" for name, value in quoted.items()))
    main = data / "postgresql.conf"
    include = f"include = '{FILE}'\n"
    if include not in main.read_text():
        with main.open("a") as out:
            out.write(include)
