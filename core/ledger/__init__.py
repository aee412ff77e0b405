"""The ledger: every piece of work is a row first. Commands, effects, lanes, drain and sweep."""
