"""Seals, limits, communes and the map: small parts, each with its promise."""

import re
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path

import pytest
from shapely import MultiPolygon, Point, Polygon, unary_union

from deploy.portal.communes import load_places, plain
from deploy.portal.limits import Limits, Rate, network_of
from deploy.portal.map_svg import DEPARTMENTS, OUTLINES, counted, map_of, shade
from deploy.portal.place_map import SIDE, point_picture, view_of
from deploy.portal.seals import KEY_FILE, Seals, hashed, load_seals
from deploy.portal.theme import ThemeInvalid, load_theme
from deploy.portal.words import REGIONS, ROLES
from shared.contract.values import Role
from shared.kit.key_files import rotate_ring
from shared.reference.communes import load_communes
from shared.reference.outlines import across_and_down, load_outlines

PLACES = load_places()
SEALS = Seals(b"k" * 32)


def test_a_cookie_of_ours_names_its_session_and_no_other_text_does() -> None:
    cookie = SEALS.cookie("abc")
    assert SEALS.session_in(cookie) == "abc"
    for forged in ("", "abc", "abc.", ".x", cookie + "x", "abd." + cookie.partition(".")[2]):
        assert SEALS.session_in(forged) == ""
    assert Seals(b"o" * 32).session_in(cookie) == ""


@pytest.mark.parametrize(
    "grace", [timedelta(hours=1), timedelta(0)], ids=["counts still", "is over"]
)
def test_sessions_go_on_while_an_earlier_key_counts_and_every_address_is_found_for_ever(
    tmp_path: Path, grace: timedelta
) -> None:
    before = load_seals(tmp_path)
    rotate_ring(tmp_path / KEY_FILE, datetime.now(UTC) + grace)
    after = load_seals(tmp_path)
    assert after.session_in(before.cookie("abc")) == ("abc" if grace else "")
    assert after.is_form_token(before.form_token("abc"), "abc") is bool(grace)
    assert after.cookie("abc") != before.cookie("abc")
    assert after.address("a@b.example") == before.address("a@b.example")


def test_the_pages_have_a_word_for_every_role() -> None:
    assert set(ROLES) == {role.value for role in Role}


def test_a_form_token_is_of_one_session_and_no_cookie_can_stand_for_it() -> None:
    token = SEALS.form_token("abc")
    assert SEALS.is_form_token(token, "abc")
    assert not SEALS.is_form_token(token, "abd")
    assert not SEALS.is_form_token(SEALS.cookie("abc").partition(".")[2], "abc")
    assert not SEALS.is_form_token(SEALS.form_token(""), "")


def test_an_address_is_known_again_however_it_is_written_and_cannot_be_read_back() -> None:
    assert SEALS.address(" Contact@Passerelle.Example ") == SEALS.address(
        "contact@passerelle.example"
    )
    assert "passerelle" not in SEALS.address("contact@passerelle.example")
    assert hashed("a") != "a"


def test_a_limit_lets_a_burst_pass_and_then_as_many_as_the_rate_says() -> None:
    limits = Limits()
    rate = Rate(burst=3, seconds=10.0)
    assert [limits.wait_seconds("a", rate, now=0.0) for _ in range(3)] == [0.0, 0.0, 0.0]
    assert limits.wait_seconds("a", rate, now=0.0) == pytest.approx(10.0)
    assert limits.wait_seconds("b", rate, now=0.0) == 0.0
    assert limits.wait_seconds("a", rate, now=10.0) == 0.0


def test_limits_remember_no_more_askers_than_they_may() -> None:
    limits = Limits(askers_max=2)
    rate = Rate(burst=1, seconds=10.0)
    for address in ("a", "b", "c"):
        assert limits.wait_seconds(address, rate, now=0.0) == 0.0
    assert limits.wait_seconds("a", rate, now=0.0) == 0.0, "the first was forgotten"


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("testclient", "testclient"),
    ],
)
def test_all_addresses_that_one_subscriber_has_count_as_one(address: str, network: str) -> None:
    assert network_of(address) == network


@pytest.mark.parametrize(
    ("typed", "codes"),
    [
        ("Vichy", ["03310"]),
        ("vichy (03310)", ["03310"]),
        ("42218", ["42218"]),
        ("03200 ", ["03200", "03310"]),
        ("75101", ["75056"]),
        ("ST ETIENNE", ["42218"]),
        ("2a004", ["2A004"]),
        ("nowhere at all", []),
        ("", []),
    ],
)
def test_a_commune_is_found_by_its_name_its_code_or_its_postal_code(
    typed: str, codes: list[str]
) -> None:
    found = [commune.code for commune in PLACES.meant(typed)]
    assert set(codes) <= set(found)
    assert bool(found) == bool(codes)


def test_names_are_compared_without_accents_or_marks() -> None:
    assert plain("L'Haÿ-les-Roses") == plain("l hay les roses")


UNINHABITED = {"984", "989"}


def test_every_department_of_the_communes_has_its_outline_and_every_other_its_name() -> None:
    departments = {commune.department for commune in load_communes()}
    assert {code for code in departments if len(code) == 2} <= set(OUTLINES)
    assert departments - set(DEPARTMENTS) == UNINHABITED
    assert {one.region for one in load_communes()} - UNINHABITED - set(REGIONS) <= set(DEPARTMENTS)


@pytest.mark.parametrize(
    ("department", "latitude", "longitude"),
    [
        ("03", 46.1268, 3.4258), ("29", 48.3904, -4.4861), ("59", 50.6292, 3.0573), ("2A", 41.6214, 8.9735),
        ("06", 43.7102, 7.2620), ("64", 43.2951, -0.3708), ("67", 48.5734, 7.7521), ("75", 48.8566, 2.3522),
        ("93", 48.9362, 2.3574), ("971", 16.2411, -61.5331), ("972", 14.6161, -61.0588),
        ("973", 4.0000, -53.0000), ("974", -21.1151, 55.5364), ("976", -12.8275, 45.1662),
    ],
)  # fmt: skip
def test_a_town_lies_in_the_outline_of_its_department(
    department: str, latitude: float, longitude: float
) -> None:
    found = [
        outline.code
        for outline in load_outlines()
        if shape_of(outline.path).contains(
            Point(across_and_down(outline.frame, longitude, latitude))
        )
    ]
    assert set(found) == {department}


def shape_of(path: str) -> MultiPolygon:
    """What SVG draws of it: moves and lines, the first of each ring absolute and the rest steps."""
    polygons = []
    for ring in path.removesuffix("z").split("z"):
        numbers = [int(number) for number in re.findall(r"-?[0-9]+", ring)]
        points = accumulate(batched(numbers), lambda at, step: (at[0] + step[0], at[1] + step[1]))
        polygons.append(Polygon(points).buffer(0))
    return unary_union(polygons)


def batched(numbers: list[int]) -> list[tuple[int, int]]:
    return list(zip(numbers[::2], numbers[1::2], strict=True))


def test_each_department_that_has_somebody_is_a_link_that_keeps_what_was_chosen() -> None:
    departments = counted(
        {"03": 2, "75": 12, "975": 1, "": 1}, "/resultats", {"zone": "q", "vague": ""}
    )
    assert [one.name for one in departments] == [
        "Paris (75)",
        "Allier (03)",
        "Saint-Pierre-et-Miquelon (975)",
    ]
    drawing = str(map_of(departments, "Carte", "03"))
    assert drawing.count("<a ") == 2, (
        "Paris is a link once, and the islands that are not drawn none"
    )
    assert 'href="/resultats?zone=q&amp;departement=75#carte"' in drawing
    assert 'aria-label="Allier (03) : 2" aria-current="true"' in drawing
    assert 'style="' not in drawing
    assert "<a " not in str(map_of([], "Carte"))
    assert [shade(count, 8) for count in (0, 1, 4, 8)] == [0, 1, 2, 4]


def test_a_click_on_the_map_of_a_department_gives_the_degrees_of_what_was_clicked() -> None:
    view = view_of("03")
    x, y = view.pixels(3.4258, 46.1268)
    assert 0 < x < SIDE and 0 < y < SIDE
    assert view.degrees(x, y) == pytest.approx((46.1268, 3.4258))
    assert "<circle" in point_picture("03", 46.1268, 3.4258)
    assert "<circle" in point_picture("03", 48.8566, 2.3522), "elsewhere on the mainland"
    for latitude in (4.0, 90.0, -90.0):
        assert point_picture("03", latitude, -53.0) == "", "a point that is on no map"
    assert point_picture("984", -49.35, 70.21) == ""


def test_a_map_weighs_less_than_a_third_of_what_a_page_may() -> None:
    everywhere = counted(dict.fromkeys(OUTLINES, 10), "/annuaire", {"propose": "governance"})
    assert len(str(map_of(everywhere, "Carte"))) < 80_000


def test_a_folder_without_a_stylesheet_is_no_theme_and_without_one_the_look_is_ours(
    tmp_path: Path,
) -> None:
    with pytest.raises(ThemeInvalid, match=r"has no style\.css"):
        load_theme(tmp_path)
    assert load_theme(None).stylesheet == "/static/style.css"
    (tmp_path / "style.css").write_text("a {}", encoding="utf-8")
    assert (load_theme(tmp_path).stylesheet, load_theme(tmp_path).brand) == ("/theme/style.css", "")
