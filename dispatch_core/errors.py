"""The five families of broken rules.

    DispatchError
    ├── NotFound       404  the thing named does not exist, or is not yours to see
    ├── Conflict       409  it exists, but its state or version forbids what was asked
    ├── InvalidInput   422  a value that can never be right; names the field
    ├── Forbidden      403  known to us, but not allowed
    └── Unavailable    503  a part we need is away; asking again later may work

Scarcity is no error: "no unit free", "no road" and "implausible fix" are return values.
"""

from __future__ import annotations


class DispatchError(Exception):
    """The root; `code` names the case for machines (`unit-not-found`), the message is for people."""

    code = "error"

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        if code is not None:
            self.code = code


class NotFound(DispatchError):
    """`NotFound("unit", "A12")`"""

    def __init__(self, kind: str, key: object) -> None:
        super().__init__(f"there is no {kind} {key}", code=f"{kind.replace(' ', '-')}-not-found")
        self.kind = kind


class Conflict(DispatchError):
    code = "conflict"


class InvalidInput(DispatchError):
    """`InvalidInput("fixed_at", "lies 3,600 s in the future")`"""

    code = "invalid-input"

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem

    def __reduce__(self) -> tuple[type[InvalidInput], tuple[str, str]]:
        """It crosses the pipe from a worker process with both its words."""
        return type(self), (self.field, self.problem)


class Forbidden(DispatchError):
    code = "forbidden"


class Unavailable(DispatchError):
    code = "unavailable"
