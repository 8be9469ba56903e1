from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import torch

from rivals.data.specs import Images
from rivals.errors import UsageError
from rivals.pictures import save_samples
from rivals.web import joined, page, report

EVIL = "<script>alert('x')</script>\"><img src=https://evil.example/x.png onerror=alert(1)>&"


class Page(HTMLParser):
    """Every tag with its attributes, and all text outside of style."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def filled(folder: Path, word: str = "wgan-gp", status: str = "finished") -> Path:
    (folder / "samples").mkdir(parents=True)
    game = {"recipe": word, "options": {"width": 32, word: word}, "seed": 0}
    config = {"game": game, "data": {"name": "digits", "hash": word}, "seed": 0, "batch": 64}
    state = {"status": status, "step": 120, "total": 200, "message": word if status == "failed" else ""}
    scores = {"values": {"fid": 1.25, "bound": "-inf", word: 3.0}, "protocol": {"judge": "digits", "note": word}}
    for name, content in {"config": config, "state": state, "scores": scores}.items():
        (folder / f"{name}.json").write_text(json.dumps(content))
    records: list[dict[str, Any]] = []
    for step in range(10, 130, 10):
        head = {"step": step, "reals": 64 * step, "seconds": step / 2}
        records.append(head | {"stage": word, "updates": {"critic": step}, "loss/critic/objective": -step})
        records[-1] |= {f"loss/critic/{word}": 1.0, "gradient/critic": 10.0 ** (step % 7), f"gradient/{word}": 1.0}
        records.append(head | {"score/fid": 100 / step, "score/fid floor": 0.5, f"score/{word}": 1.0})
    (folder / "metrics.jsonl").write_text("".join(json.dumps(r) + "\n" for r in records) + '{"step": 13')
    save_samples(torch.zeros(4, 1, 8, 8), Images(1, 8, 8), folder / "samples" / "final.png")
    remedies = [{"set": {"penalties": f"r1({word})"}, "why": word}, {"why": word}]
    finding = {"step": 50, "illness": word, "severity": "serious", "evidence": f"gone {word}", "remedies": remedies}
    again = {"step": 90, "illness": word, "severity": "note", "evidence": "its signs are gone", "recovered": True}
    (folder / "diagnosis.jsonl").write_text("".join(json.dumps(r) + "\n" for r in (finding, again)))
    done = {"step": 60, "back_to": 40, "illness": word, "evidence": word, "set": {"rate": 1}, "why": word}
    (folder / "interventions.json").write_text(json.dumps([done]))
    return report.write(folder)


def test_says_what_was_run_and_what_came_out(tmp_path: Path) -> None:
    path = filled(tmp_path / "run")
    assert path == tmp_path / "run" / "report.html"
    text = " ".join(Page(path.read_text()).text)
    for word in (
        "wgan-gp on digits",
        "Improved Training of Wasserstein GANs",
        "finished",
        "1.25",
        "-inf",
        "option width",
    ):
        assert word in text
    for word in (
        "Loss of critic",
        "Norm of the gradient",
        "fid floor",
        "7,680",
        "120 of 200",
        "Diagnosis",
        "gone wgan-gp",
        "its signs are gone",
        "healed",
        "from step 40",
        "over reals seen",
        "Protocol",
    ):
        assert word in text
    assert not (set(path.parent.glob(".*")))


def test_escapes_everything_and_loads_nothing(tmp_path: Path) -> None:
    raw = filled(tmp_path / "run", EVIL, "failed").read_text()
    page = Page(raw)
    assert EVIL not in raw
    assert EVIL in "".join(page.text)
    known = {
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "main",
        "header",
        "h1",
        "h2",
        "h3",
        "p",
        "a",
        "span",
        "div",
    }
    known |= {"section", "figure", "figcaption", "img", "svg", "line", "text", "polyline", "circle", "i", "b", "small"}
    known |= {"table", "tr", "th", "td", "details", "summary", "ul", "li", "label", "input", "script"}
    assert {tag for tag, _ in page.tags} <= known
    for tag, attributes in page.tags:
        assert not any(name.startswith("on") for name in attributes)
        assert (attributes.get("src") or "data:").startswith("data:"), tag
        assert not {"srcset", "xlink:href", "background"} & set(attributes)
    style = raw.partition("<style>")[2].partition("</style>")[0]
    assert style
    assert "url(" not in style
    assert "@import" not in style
    assert "default-src 'none'" in raw
    script = raw.partition("<script>")[2].partition("</script>")[0]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in raw
    assert raw.count("<script") == 1
    assert not {"fetch", "XMLHttpRequest", "import("} & set(re.findall(r"[\w(]+", script))


def test_links_lead_to_the_paper_only(tmp_path: Path) -> None:
    links = [a["href"] for tag, a in Page(filled(tmp_path / "run").read_text()).tags if tag == "a"]
    assert links == ["https://arxiv.org/abs/1704.00028"]


def test_an_empty_folder_and_broken_files(tmp_path: Path) -> None:
    assert "<h1>" in report.write(tmp_path).read_text()
    for name in ("config.json", "state.json", "scores.json", "metrics.jsonl"):
        (tmp_path / name).write_text('[1, {"step')
    (tmp_path / "samples").mkdir()
    (tmp_path / "samples" / "x.png").write_bytes(b"<html>")
    page = report.write(tmp_path).read_text()
    assert "<img" not in page
    assert "<section" not in page


def test_the_history_of_samples_has_a_slider_and_shows_the_newest_without_one(tmp_path: Path) -> None:
    import os

    filled(tmp_path)
    for step in (10, 20):
        old = tmp_path / "samples" / f"step-{step:09d}.png"
        save_samples(torch.ones(4, 1, 8, 8), Images(1, 8, 8), old)
        os.utime(old, (step, step))
    page = report.write(tmp_path).read_text()
    shown = re.findall(r"<figure( hidden)?><img[^>]*>\s*<figcaption>([^<]*)", page)
    assert shown == [(" hidden", "step-000000010"), (" hidden", "step-000000020"), ("", "final")]
    assert "type='range' min='0' max='2' value='2'" in page


def test_a_long_history_is_thinned_to_its_first_its_last_and_some_between() -> None:
    assert page.spread(list(range(100)), 4) == [0, 33, 66, 99]
    assert page.spread([1, 2], 4) == [1, 2]
    assert page.spread([1, 2, 3], 1) == [3]


def test_curves_run_over_reals_seconds_and_steps(tmp_path: Path) -> None:
    text = filled(tmp_path).read_text()
    assert re.findall(r"data-clock='(\w+)'( hidden)?", text)[:3] == [
        ("reals", ""),
        ("seconds", " hidden"),
        ("step", " hidden"),
    ]
    scales = re.findall(r"aria-label='fid' data-scale='(\S+) (\S+)", text)
    assert scales == [("640", "7680"), ("5", "60"), ("10", "120")]


def test_what_a_game_can_do_is_shown_with_its_caption(tmp_path: Path) -> None:
    filled(tmp_path)
    (tmp_path / "views").mkdir()
    save_samples(torch.ones(4, 1, 8, 8), Images(1, 8, 8), tmp_path / "views" / "neighbours.png")
    (tmp_path / "views" / "views.json").write_text(json.dumps({"neighbours": "the <nearest>", "absent": "away"}))
    text = report.write(tmp_path).read_text()
    assert "<figcaption>neighbours: the &lt;nearest&gt;</figcaption>" in text
    assert "absent" not in text


def test_several_runs_in_one_page(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        filled(tmp_path / name, EVIL if name == "b" else name)
    other = json.loads((tmp_path / "c" / "scores.json").read_text())
    other["protocol"]["judge"] = "mnist"
    (tmp_path / "c" / "scores.json").write_text(json.dumps(other))
    text = joined.write([tmp_path / n for n in "abc"], tmp_path / "all" / "page.html").read_text()
    assert EVIL not in text
    assert text.count("Not to be compared with those above") == 1
    assert "judge is digits and mnist" in text
    fid = re.search(r"aria-label='score/fid'|aria-label='fid'.*?</figure>", text, re.DOTALL)
    assert fid is not None
    assert fid.group().count("<polyline") == 3


def test_one_run_or_a_folder_that_is_none_is_no_page_of_several(tmp_path: Path) -> None:
    filled(tmp_path / "a")
    with pytest.raises(UsageError, match="at least 2"):
        joined.write([tmp_path / "a"], tmp_path / "p.html")
    with pytest.raises(UsageError, match=r"no config\.json"):
        joined.write([tmp_path / "a", tmp_path], tmp_path / "p.html")
    with pytest.raises(UsageError, match="ends in"):
        joined.write([tmp_path / "a", tmp_path / "a"], tmp_path / "p.pdf")


def test_figures_that_are_not_finite_are_left_out_of_curves(tmp_path: Path) -> None:
    lines = [{"step": i, "loss/critic": v} for i, v in enumerate((1.0, float("nan"), 2.0, float("inf"), 1e300, -1e300))]
    (tmp_path / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    page = report.write(tmp_path).read_text()
    points = page.partition("points='")[2].partition("'")[0]
    assert len(points.split()) == 4
    assert "nan" not in points
    assert "over steps" in page


def test_long_runs_stay_small(tmp_path: Path) -> None:
    lines = "".join(json.dumps({"step": i, "reals": i, "loss/critic": i % 7}) + "\n" for i in range(20_000))
    (tmp_path / "metrics.jsonl").write_text(lines)
    assert report.write(tmp_path).stat().st_size < 50_000


def test_a_resumed_run_s_last_word_counts(tmp_path: Path) -> None:
    lines = [{"step": 10, "loss/c": 5.0}, {"step": 20, "loss/c": 6.0}, {"step": 10, "loss/c": 7.0}]
    (tmp_path / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert [r["loss/c"] for r in page.records_of(tmp_path / "metrics.jsonl")] == [7.0, 6.0]


def test_text_tables_and_clips_are_shown_too(tmp_path: Path) -> None:
    (tmp_path / "samples").mkdir()
    (tmp_path / "samples" / "final.csv").write_text("name,size\n" + "<b>,1\n" * 100)
    page = report.write(tmp_path).read_text(encoding="utf-8")
    assert "<pre>name,size\n&lt;b&gt;,1" in page
    assert page.count("&lt;b&gt;,1") == 24 - 1
    (tmp_path / "samples" / "final.csv").unlink()
    (tmp_path / "samples" / "final.gif").write_bytes(b"GIF89a")
    assert "data:image/gif;base64," in report.write(tmp_path).read_text(encoding="utf-8")
