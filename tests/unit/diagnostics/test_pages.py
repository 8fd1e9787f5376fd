"""Where pages come from, and that nothing but a page can be asked for."""

import pytest

from competency.diagnostics.pages import PageMissingError, page


def test_a_page_begins_with_its_code_and_name() -> None:
    assert page("CBE001").startswith("# CBE001 missing-file\n")


@pytest.mark.parametrize("code", ["CBE000", "", "../../README", "cbe 001"])
def test_what_is_not_a_code_with_a_page_is_refused_and_both_places_are_named(code: str) -> None:
    with pytest.raises(PageMissingError, match=r"neither in .*pages nor in .*diagnostics") as refusal:
        page(code)
    assert repr(code) in str(refusal.value)
