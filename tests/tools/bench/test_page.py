"""The page and the plot of the benchmark."""

import re
from xml.etree import ElementTree as ET

from tools.bench.measure import Measured, Memory, Run
from tools.bench.page import markdown, plot
from tools.bench.ways import AWS_CDK, NODE, OURS, STOCK

SVG = "{http://www.w3.org/2000/svg}"


def measured(*seconds: float) -> Measured:
    """Return runs that take these seconds, and half of them on the CPU."""
    return Measured([Run(each, each / 2, Memory()) for each in seconds], Memory(100 * 2**20, 150 * 2**20))


FOUND = {
    number: {
        OURS.name: measured(1.0 + number / 10, 2.0 + number / 10, 9.0),
        NODE.name: measured(1.0, 1.0, 1.0),
        AWS_CDK.name: measured(4.0, 4.0, 36.0),
        STOCK.name: measured(21.0, 21.0, 21.0),
    }
    for number in (1, 11)
}


def rows(page: str, section: str) -> list[list[str]]:
    """Return the cells of the rows in all tables of a section."""
    text = page.partition(f"## {section}\n")[2].partition("\n## ")[0]
    return [re.split(r" \| ", line.strip("| ")) for line in text.splitlines() if re.match(r"\| [^-e]\S* ", line)]


def test_the_tables_have_medians_and_ratios_of_pairs() -> None:
    page = markdown(FOUND, cdk="cdktf", rounds=3, plot="bench.svg")

    assert rows(page, "Seconds") == [
        *(["1", "2.10", "1.00", "4.00", "21.00"], ["11", "3.10", "1.00", "4.00", "21.00"]),
        *(["1", "2.10", "0.28", "0.10"], ["11", "3.10", "0.53", "0.15"]),
    ]
    assert rows(page, "CPU seconds")[0] == ["1", "1.05", "0.50", "2.00", "10.50"]
    assert rows(page, "Memory")[0] == ["1", *["100 / 150"] * 4]


def test_the_fits_have_fixed_and_added_seconds() -> None:
    page = markdown(FOUND, cdk="cdktn", rounds=3, plot="bench.svg")

    assert "| this project | 2.00 | 0.100 | 1.00 | 0.050 |" in page
    assert "`make bench CDK=cdktn`" in page


def test_the_plot_has_a_line_for_each_program() -> None:
    root = ET.fromstring(plot(FOUND))  # noqa: S314 - our own text

    lines = [each for each in root.iter(f"{SVG}path") if each.get("fill") == "none"]
    names = [each.text for each in root.iter(f"{SVG}text")]
    assert [each.get("stroke") for each in lines] == [way.color for way in (OURS, NODE, AWS_CDK, STOCK)]
    assert {OURS.name, NODE.name, AWS_CDK.name, STOCK.name, "environments", "seconds", "25"} <= {*names}
    circles = [(float(each.get("cx", "")), float(each.get("cy", ""))) for each in root.iter(f"{SVG}circle")]
    assert len(circles) == 8
    assert all(60 <= x <= 550 and 30 <= y <= 370 for x, y in circles)
    assert circles[0][1] > circles[1][1]  # more environments take longer, and 0 is at the bottom
