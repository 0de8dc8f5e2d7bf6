"""What can go wrong in the store.

    StoreError
    ├── StoreLocked      another process writes here
    ├── StoreNewer       made by a newer program
    ├── StoreDamaged     bytes are not what was written, and could not be mended
    │   └── LedgerDamaged    those of the ledger, of which a backup is the only other copy
    └── StoreFull        the disk took no more; nothing of the write is kept

Each carries a words `key` and `args`: the text is made where it is shown.
"""

from __future__ import annotations


class StoreError(Exception):
    """Base of all errors the store raises on purpose. Never raised itself."""

    key = "error.store"

    def __init__(self, **args: object) -> None:
        self.args_for_words = {name: str(value) for name, value in args.items()}
        super().__init__(f"{self.key} {self.args_for_words}")


class StoreLocked(StoreError):
    """Another process holds the folder. args: path."""

    key = "error.store_locked"


class StoreNewer(StoreError):
    """The folder was written by a newer schema. args: path, found, known."""

    key = "error.store_newer"


class StoreDamaged(StoreError):
    """A file holds bytes that were not written by us and cannot be mended. args: path, detail."""

    key = "error.store_damaged"


class LedgerDamaged(StoreDamaged):
    """The ledger's sums do not fit its bytes. args: path, detail, sums (the file that says so)."""

    key = "error.ledger_damaged"


class StoreFull(StoreError):
    """A write failed (no space, quota, I/O error) and was undone. args: path, detail."""

    key = "error.store_full"
