from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import torch

from rivals.data.specs import Images
from rivals.pictures import save_samples
from rivals.web import page, report

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
    known |= {"table", "tr", "th", "td", "details", "summary", "ul", "li"}
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


def test_only_the_newest_picture_is_shown(tmp_path: Path) -> None:
    import os

    filled(tmp_path)
    old = tmp_path / "samples" / "step-000000010.png"
    save_samples(torch.ones(4, 1, 8, 8), Images(1, 8, 8), old)
    os.utime(old, (1, 1))
    page = report.write(tmp_path).read_text()
    assert page.count("<img") == 1
    assert ">final<" in page


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
    assert page.count("&lt;b&gt;,1") == report.LINES - 1
    (tmp_path / "samples" / "final.csv").unlink()
    (tmp_path / "samples" / "final.gif").write_bytes(b"GIF89a")
    assert "data:image/gif;base64," in report.write(tmp_path).read_text(encoding="utf-8")
