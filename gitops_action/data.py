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
    for folder in (_PACKAGE / "schemas", _PACKAGE.parent / "schemas"):
        if (folder / "kubernetes").is_dir():
            return folder
    raise FileNotFoundError(f"no schema catalogs beside {_PACKAGE}: install the package again")


@cache
def deploy_folder() -> Path:
    """Return the folder of the account that can do nothing but dry runs, and of the policy that makes it so.

    Raises FileNotFoundError if the installation is incomplete.
    """
    for folder in (_PACKAGE / "manifests", _PACKAGE.parent / "deploy"):
        if (folder / "policy.yaml").is_file():
            return folder
    raise FileNotFoundError(f"no manifests beside {_PACKAGE}: install the package again")
