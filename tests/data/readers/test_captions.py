import json

import numpy as np
import pytest
from PIL import Image

from rivals.data.readers.captions import captions
from rivals.data.specs import Captioned
from rivals.errors import RivalsError, UsageError

SAID = {f"{i}.png": f"A {'red' if i % 2 else 'blue'} square, number {i}." for i in range(10)}


@pytest.fixture
def home(tmp_path):
    for i, name in enumerate(SAID):
        colour = (255, 0, 0) if i % 2 else (0, 0, 255)
        Image.new("RGB", (20 + i, 12), colour).save(tmp_path / name)
    return tmp_path


def spoken(source):
    for part in (source, source.test):
        for image, caption in zip(part.first("image", 99), part.first("caption", 99), strict=True):
            yield image, [source.spec.words[i] for i in caption]


@pytest.mark.parametrize("layout", ["map", "lists", "rows", "csv"])
def test_captions_stay_with_their_pictures(home, layout):
    if layout == "csv":
        rows = "".join(f'{name},"{said}"\n' for name, said in SAID.items())
        (home / "captions.csv").write_text("file,caption\n" + rows + "0.png,Something else\n")
    else:
        data = {
            "map": SAID,
            "lists": {name: [said, "Something else"] for name, said in SAID.items()},
            "rows": [{"file": name, "caption": said} for name, said in SAID.items()],
        }[layout]
        (home / "captions.json").write_text(json.dumps(data))
    source = captions(home, size=8)
    assert source.spec == Captioned(3, 8, 8, length=5, words=source.spec.words)
    assert source.spec.words[:4] == ("", "a", "number", "square")
    assert (source.size, source.test.size) == (9, 1)
    seen = set()
    for image, words in spoken(source):
        colour = "red" if image[0].min() == 255 else "blue"
        assert words[:4] == ["a", colour, "square", "number"]
        seen.add(words[4])
    assert seen == set(map(str, range(10)))
    assert ("several" in source.found.facts) == (layout in ("lists", "csv"))
    assert source.found.facts["pictures"] == "10 of 10 sizes, 12 × 20 to 12 × 29"
    assert source.found.facts["size"] == "scaled to cover 8 × 8, and the middle cut out"


def test_short_captions_are_filled_and_rare_words_dropped(home):
    (home / "captions.json").write_text(json.dumps({"0.png": "one one two", "1.png": "one two", "2.png": "rare"}))
    source = captions(home, size=4, length=4, vocabulary=3)
    assert source.spec.words == ("", "one", "two")
    assert sorted(words for _, words in spoken(source)) == [
        ["", "", "", ""],
        ["one", "one", "two", ""],
        ["one", "two", "", ""],
    ]
    assert source.found.facts["words"] == "2; 1 rarer ones are dropped"


def test_a_few_bad_entries_are_told(home):
    (home / "broken.png").write_bytes(b"no picture")
    more = {"gone.png": "gone", "broken.png": "broken", "../out.png": "out", "0.png": "…"}
    Image.new("RGB", (9, 9)).save(home.parent / "out.png")
    (home / "captions.json").write_text(json.dumps(SAID | more))
    source = captions(home, size=4)
    assert source.size + source.test.size == 9
    reasons = {bad.file: bad.reason for bad in source.found.bad}
    assert set(reasons) == set(more)
    assert reasons["gone.png"] == f"is not a picture in {home}"
    assert reasons["0.png"] == "has a caption without words"
    assert reasons["../out.png"] == f"is not a picture in {home}"
    assert reasons["broken.png"] == "is not a picture, or a damaged one"


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("notes.txt", "", r"has no captions.json or captions.csv: name a folder that has one"),
        ("captions.json", "{", r"captions.json cannot be read \(.*\): save it anew as UTF-8"),
        ("captions.json", "[" * 100_000, "captions.json cannot be read"),
        ("captions.json", "3", "holds a int: write"),
        ("captions.json", "{}", "holds no captions"),
        ("captions.json", '[{"file": "0.png"}]', "entry 0 is no file with a sentence"),
        (
            "captions.json",
            '{"gone.png": "x"}',
            "no captioned picture that can be used: gone.png is not a picture in .*; add the",
        ),
        ("captions.csv", "picture,words\n0.png,x\n", "has the columns picture, words: its header is file,caption"),
        ("captions.csv", "", "has the columns none"),
        ("captions.csv", "file,caption\n", "holds no captions: add rows"),
    ],
)
def test_bad_files(home, name, text, says):
    (home / name).write_text(text)
    with pytest.raises(RivalsError, match=says):
        captions(home)


def test_bad_options(home):
    with pytest.raises(UsageError, match="vocabulary at least 2"):
        captions(home, vocabulary=1)
    with pytest.raises(UsageError, match="size is 0: give a side"):
        captions(home, size=0)


def test_pixels_are_the_middle_square(tmp_path):
    x = np.zeros((4, 12, 3), np.uint8)
    x[:, 4:8] = 200
    Image.fromarray(x).save(tmp_path / "a.png")
    (tmp_path / "captions.json").write_text('{"a.png": "grey"}')
    source = captions(tmp_path, size=4)
    assert source.test is None
    assert (source.first("image", 1) == 200).all()
