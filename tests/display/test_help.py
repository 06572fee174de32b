from __future__ import annotations

from fleetctl.display.help import Entry, Help, Section, render

PAGE = Help(
    purpose="Do a thing.",
    usage="fleetctl thing [OPTIONS]",
    sections=(
        Section(
            "Options",
            (
                Entry("-f, --fleet PATH", "The fleet.yaml that is meant, wherever it may stand."),
                Entry("    --an-option-of-unusual-length WORD", "Said below."),
            ),
        ),
    ),
    examples=("fleetctl thing          # once", "fleetctl thing --twice"),
)


def test_a_page_has_its_meanings_in_one_column() -> None:
    assert render(PAGE, width=50, styled=False).splitlines() == [
        "Do a thing.",
        "",
        "Usage: fleetctl thing [OPTIONS]",
        "",
        "Options:",
        "  -f, --fleet PATH  The fleet.yaml that is meant,",
        "                    wherever it may stand.",
        "      --an-option-of-unusual-length WORD",
        "                    Said below.",
        "",
        "Examples:",
        "  fleetctl thing          # once",
        "  fleetctl thing --twice",
    ]


def test_a_comment_without_room_goes_before_its_command() -> None:
    page = Help(purpose="", usage="", examples=(f"fleetctl {'x' * 30}  # {'why ' * 5}so",))

    assert render(page, width=50, styled=False).splitlines()[-2:] == [
        f"  # {'why ' * 5}so",
        f"  fleetctl {'x' * 30}",
    ]


def test_nothing_is_wider_than_anyone_reads_however_wide_the_terminal() -> None:
    page = Help(purpose="word " * 60, usage="fleetctl")

    assert max(map(len, render(page, width=200, styled=False).splitlines())) <= 100


def test_only_a_styled_page_has_escapes() -> None:
    assert "\x1b[1mUsage:\x1b[0m" in render(PAGE, width=80, styled=True)
    assert "\x1b" not in render(PAGE, width=80, styled=False)
