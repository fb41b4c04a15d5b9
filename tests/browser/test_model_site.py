"""The site of the model in a real browser, from file://: search, codes, templates, keyboard, contrast."""

import pytest

pytestmark = pytest.mark.browser
LANGUAGES = ["nl", "en"]
PAGES = [
    "index.html",
    "suppliers/dji.html",
    "codes/LawArticle.html",
    "classes/Case.html",
    "rules/accused_under_twelve_at_offence.html",
    "indicators/prison_stock.html",
    "check.html",
    "history.html",
]


def found(page):
    return page.eval_on_selector_all("#found a", "links => links.map(link => link.textContent)")


@pytest.mark.parametrize(
    ("lang", "asked", "first"),
    [
        ("nl", "zaak", "Zaak"),
        ("en", "zaak", "Case"),
        ("nl", "case", "Zaak"),
        ("en", "case", "Case"),
        ("nl", "VVH_B", "VVH_B vervangende hechtenis geldboete"),
        ("en", "sr 310", "Sr 310 theft"),
        ("nl", "parketnummer", "parketnummer"),
        ("nl", "dji", "Dienst Justitiële Inrichtingen"),
        ("nl", "justitiele inrichtingen", "Dienst Justitiële Inrichtingen"),
    ],
)
def test_search_finds_words_of_both_languages_and_codes(visit, lang, asked, first):
    page = visit.go(f"{lang}/index.html")
    page.fill("#q", asked)
    assert found(page)[0] == first
    assert visit.faults == []


def test_search_says_when_there_is_nothing(visit):
    page = visit.go("en/index.html")
    page.fill("#q", "zzzz")
    assert page.inner_text(".said").startswith("Nothing found")
    assert page.get_attribute("#q", "aria-expanded") == "false"


def test_search_works_by_keyboard_alone(visit):
    page = visit.go("nl/index.html")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("/")
    page.keyboard.type("VVH_B")
    page.keyboard.press("ArrowDown")
    assert page.get_attribute("#q", "aria-activedescendant") == "found-0"
    page.keyboard.press("Enter")
    page.wait_for_url("**/nl/codes/DetentionTitle.html#c-VVH_B")
    assert page.locator("tr:target").inner_text().startswith("VVH_B")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_three_clicks_lead_to_what_the_dji_must_deliver_and_its_codes(visit, lang):
    page = visit.go(f"{lang}/index.html")
    page.locator(".cards li", has_text="DJI").locator("a").click()
    row = page.locator("tr[id='verblijven.TITEL']")
    row.locator("summary").click()
    assert row.locator(".codes tbody tr").count() == 14
    assert row.locator(".codes tbody tr").first.inner_text().split()[:2] == ["01", "VH"]
    row.locator("caption a").click()
    page.wait_for_url("**/codes/DetentionTitle.html")
    assert page.locator("tbody tr").count() >= 18
    assert visit.faults == []


def test_a_long_list_can_be_narrowed(visit):
    page = visit.go("en/codes/LawArticle.html")
    page.fill("#narrow", "theft violence")
    shown = page.locator("tr[data-words]:visible")
    assert shown.count() == 1
    assert "Sr 312" in shown.inner_text()
    assert page.locator(".narrow-list [role=status]").inner_text() == "1 shown"


def test_a_template_can_be_downloaded(visit):
    page = visit.go("nl/suppliers/dji.html")
    with page.expect_download() as waiting:
        page.click("#templates + ul a[href$='verblijven.csv']")
    header = waiting.value.path().read_text(encoding="utf-8-sig")
    assert "REGISTRATIENR" in header


def test_the_other_language_shows_the_same_page(visit):
    page = visit.go("nl/rules/spells_overlap.html")
    page.click(".languages a")
    page.wait_for_url("**/en/rules/spells_overlap.html")
    assert page.evaluate("document.documentElement.lang") == "en"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_page_asks_anything_of_another_place(visit, lang):
    for path in PAGES:
        visit.go(f"{lang}/{path}")
    assert visit.outside == []
    assert len(visit.asked) > len(PAGES)
    assert visit.faults == []


def test_a_request_elsewhere_is_seen_and_stopped(visit):
    page = visit.go("nl/check.html")
    outcome = page.evaluate("fetch('https://elsewhere.test/').then(() => 'sent', () => 'stopped')")
    assert outcome == "stopped"
    assert any("Content Security Policy" in fault for fault in visit.faults)


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_every_page_fits_its_window(visit, width):
    visit.page.set_viewport_size({"width": width, "height": 800})
    for path in PAGES:
        page = visit.go(f"nl/{path}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


CONTRAST = """
() => {
  const linear = v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
  const light = color => color.slice(0, 3).map(v => linear(v / 255))
    .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
  const parts = color => color.match(/[\\d.]+/g).map(Number);
  const behind = node => {
    for (let at = node; at; at = at.parentElement) {
      const color = parts(getComputedStyle(at).backgroundColor);
      if (color.length < 4 || color[3] > 0) return color;
    }
    return [255, 255, 255];
  };
  const weak = [];
  for (const node of document.querySelectorAll("body *")) {
    const text = [...node.childNodes].some(child => child.nodeType === 3 && child.textContent.trim());
    if (!text || !node.getClientRects().length || node.closest("svg, noscript, option")) continue;
    const style = getComputedStyle(node);
    const [a, b] = [light(parts(style.color)), light(behind(node))].sort((x, y) => y - x);
    const size = parseFloat(style.fontSize), bold = style.fontWeight >= 700;
    const least = size >= 24 || (size >= 18.66 && bold) ? 3 : 4.5;
    if ((a + .05) / (b + .05) < least) weak.push(node.tagName + " " + node.textContent.trim().slice(0, 30));
  }
  return weak;
}
"""


def test_every_text_stands_out_from_its_ground(visit):
    for path in PAGES:
        page = visit.go(f"en/{path}")
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        assert page.evaluate(CONTRAST) == [], path
    page.evaluate("document.querySelector('h1').style.color = '#ccc'")
    assert len(page.evaluate(CONTRAST)) == 1


def test_the_focus_is_seen_wherever_it_is(visit):
    page = visit.go("nl/suppliers/dji.html")
    for _ in range(12):
        page.keyboard.press("Tab")
        width = page.evaluate("parseFloat(getComputedStyle(document.activeElement).outlineWidth)")
        assert width >= 3


def test_a_page_on_paper_holds_no_menu(visit):
    page = visit.go("nl/codes/Sex.html")
    assert page.locator(".sections").is_visible()
    page.emulate_media(media="print")
    assert not page.locator(".sections").is_visible()
    assert page.locator("table").is_visible()
