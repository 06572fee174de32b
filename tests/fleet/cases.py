"""One table of fleet files, for `validate` and for the JSON Schema: what each says of them."""

from __future__ import annotations

from tests.fleet import cases_of_meaning, cases_of_options, cases_of_structure

CASES = [*cases_of_structure.CASES, *cases_of_options.CASES, *cases_of_meaning.CASES]
