"""Use cases: one call, one transaction, one commit; then what happened is told."""
