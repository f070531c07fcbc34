"""Where the data that comes with the program lies, in an installed wheel and in a checkout."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

_PACKAGE: Final = Path(__file__).resolve().parent


@cache
def schemas_folder() -> Path:
    """Return the folder of the schema catalogs and of the project's own JSON schemas.

    Raises FileNotFoundError if the installation is incomplete.
    """
    return _folder("schemas", "schemas", "kubernetes", "schema catalogs")


@cache
def deploy_folder() -> Path:
    """Return the folder of the account that can do nothing but dry runs, and of the policy that makes it so.

    Raises FileNotFoundError if the installation is incomplete.
    """
    return _folder("manifests", "deploy", "policy.yaml", "manifests")


def _folder(installed: str, checked_out: str, sign: str, what: str) -> Path:
    """Return the folder that has `sign` in it, in a wheel or in a checkout."""
    for folder in (_PACKAGE / installed, _PACKAGE.parent / checked_out):
        if (folder / sign).exists():
            return folder
    raise FileNotFoundError(f"no {what} beside {_PACKAGE}: install the package again")
