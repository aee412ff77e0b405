"""런플 사용: whether the workspace uses it; only then the flag of a SKU is shown."""

from __future__ import annotations

from sqlalchemy.orm import Session

from core import store
from core.models import Setting
from core.services import audit
from core.services.audit import Actor


def _setting() -> str:
    return f"runple:{store.current_workspace()}"


def is_used(session: Session) -> bool:
    """Whether the current workspace uses 런플."""
    row = session.get(Setting, _setting())
    return row is not None and bool(row.value.get("on"))


def use(on: bool, actor: Actor) -> None:
    """Use 런플, or not; flags that were set stay as they are."""
    with store.write() as session:
        session.merge(Setting(key=_setting(), value={"on": on}))
        audit.record(session, "catalogue.runple", actor=actor, detail={"on": on})
