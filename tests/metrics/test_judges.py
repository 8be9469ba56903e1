from __future__ import annotations

import re
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from rivals.data import named
from rivals.data.sources import Arrays
from rivals.data.specs import Images
from rivals.errors import RivalsError, UsageError
from rivals.metrics import judges, precision_recall
from rivals.metrics.judges import classifier, training

DIGITS = Images(1, 8, 8, classes=10)


def pictures(split: str = "test") -> tuple[torch.Tensor, torch.Tensor]:
    source = named.digits()
    part = source if split == "train" else source.test
    assert part is not None
    return part.first("image", 10**6), part.first("label", 10**6)


def test_digits_judge_names_the_test_split() -> None:
    judge = judges.load("digits")
    images, labels = pictures()
    accuracy = (judge.predict(images) == labels).double().mean().item()
    assert accuracy >= 0.97
    assert accuracy == pytest.approx(judge.accuracy, abs=0.0023)


@pytest.mark.parametrize(
    ("name", "size", "features", "least"),
    [
        ("digits", 8, 32, 0.97),
        ("mnist", 28, 64, 0.99),
        ("fashion", 28, 64, 0.91),
        ("usps", 16, 64, 0.96),
        ("cifar10", 32, 128, 0.68),
    ],
)
def test_shipped_judges_are_small_and_say_what_they_are(name: str, size: int, features: int, least: float) -> None:
    judge = judges.load(name)
    assert (judge.size, judge.dim, judge.classes) == (size, features, 10)
    assert judge.accuracy is not None
    assert judge.accuracy >= least
    images = torch.rand(3, 3, size, size) * 2 - 1
    assert judge.features(images).shape == (3, features)
    likely = judge.probabilities(images)
    torch.testing.assert_close(likely.sum(1), torch.ones(3))
    assert torch.equal(likely.argmax(1), judge.predict(images))
    assert (judges.WEIGHTS / f"{name}.safetensors").stat().st_size < 1_000_000
    assert not any(w.requires_grad for w in judge.parameters())


def test_published_fingerprints_stay() -> None:
    assert judges.load("digits").fingerprint == "793f670ae235"
    assert judges.load("mnist").fingerprint == "6d84e7924ae0"


@pytest.mark.parametrize("name", ["mnist", "fashion", "usps", "cifar10"])
def test_stated_accuracy_is_that_of_the_test_split(data_home: Path, name: str) -> None:
    test, judge = named.load(name).test, judges.load(name)
    assert test is not None
    right = judge.predict(test.first("image", 2000)) == test.first("label", 2000)
    assert right.double().mean().item() == pytest.approx(judge.accuracy, abs=0.015)


def test_only_the_colour_judge_sees_colour() -> None:
    red = torch.full((1, 3, 32, 32), -1.0)
    red[:, 0] = 1.0
    seen = judges.grey(red)
    for name, sees in {"cifar10": True, "usps": False}.items():
        judge = judges.load(name)
        assert torch.allclose(judge.features(red), judge.features(seen), atol=1e-3) is not sees
        grey = torch.rand(2, 1, 32, 32) * 2 - 1
        torch.testing.assert_close(
            judge.features(grey), judge.features(grey.expand(-1, 3, -1, -1)), rtol=0.05, atol=0.05
        )


def test_pictures_that_no_judge_can_see_are_refused() -> None:
    judge = judges.load("digits")
    with pytest.raises(UsageError, match=r"sees pictures \(N, channels, height, width\), not \(3, 8, 8\)"):
        judge.features(torch.zeros(3, 8, 8))
    with pytest.raises(UsageError, match=r"floats in \[-1, 1\], not torch.int64"):
        judge.features(torch.zeros(2, 1, 8, 8, dtype=torch.int64))
    with pytest.raises(RivalsError, match="NaN or infinity"):
        judge.predict(torch.full((2, 1, 8, 8), torch.nan))
    assert judge.features(torch.zeros(0, 1, 8, 8)).shape == (0, 32)


def test_fingerprint_changes_with_a_weight_and_with_the_preprocessing() -> None:
    judge, same = judges.load("digits"), judges.load("digits")
    before = judge.fingerprint
    assert re.fullmatch("[0-9a-f]{12}", before)
    assert same.fingerprint == before
    judge.head.bias.data[3] += 1e-6
    assert judge.fingerprint != before
    same.preprocessing += " and more"
    assert same.fingerprint != before
    assert judges.load("mnist").fingerprint != before


def test_scores_do_not_depend_on_block_dtype_or_rounding() -> None:
    judge = judges.load("digits")
    images, _ = pictures()
    x = images.float() / 127.5 - 1
    whole = judge.features(x)
    torch.testing.assert_close(judge.features(images), whole)
    torch.testing.assert_close(judge.features(x + 0.3 / 127.5), whole)  # what a file cannot hold is not seen
    judge.block = 7
    torch.testing.assert_close(judge.features(x), whole, rtol=1e-4, atol=1e-4)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert judge.features(x).dtype == torch.float32
        torch.testing.assert_close(judge.features(x), whole, rtol=1e-4, atol=1e-4)


def test_resizing_is_antialiased_and_quantised() -> None:
    stripes = torch.ones(1, 1, 32, 32)
    stripes[..., ::2] = -1
    small = judges.resized(stripes, 8)
    assert small.shape == (1, 1, 8, 8)
    assert small[..., 1:-1].abs().max() < 0.02  # without antialiasing the stripes would alias
    steps = (small + 1) * 127.5
    torch.testing.assert_close(steps, steps.round(), rtol=0, atol=1e-4)
    x = judges.quantised(torch.rand(2, 3, 8, 8) * 2 - 1)
    torch.testing.assert_close(judges.resized(x, 8), x)


def test_grey_is_luma() -> None:
    red = torch.tensor([1.0, -1.0, -1.0])[None, :, None, None].expand(1, 3, 2, 2)
    torch.testing.assert_close(judges.grey(red), torch.full((1, 1, 2, 2), 2 * 0.299 - 1))
    white = torch.ones(1, 4, 2, 2)
    torch.testing.assert_close(judges.grey(white), white[:, :1])


@pytest.mark.parametrize(
    ("spec", "name", "judge"),
    [
        (DIGITS, "digits", "digits"),
        (Images(1, 28, 28, classes=10), "mnist", "mnist"),
        (Images(1, 28, 28, classes=10), "fashion", "fashion"),
        (Images(1, 8, 8), "mine", "digits"),
        (Images(1, 16, 12), "mine", "fashion"),
        (Images(3, 12, 10), "mine", "cifar10"),
        (Images(3, 32, 32), "../weights/mnist", "cifar10"),
        (Images(1, 32, 32), "mnist", "cifar10"),
        (Images(1, 112, 92), "orl", "cifar10"),
    ],
)
def test_judge_goes_by_the_data(spec: Images, name: str, judge: str) -> None:
    chosen = judges.judge_for(spec, name)
    assert chosen.name == judge
    assert chosen.features(torch.zeros(2, *spec.shape)).shape[0] == 2


def test_grey_noise_is_not_taken_for_real() -> None:
    judge = judges.load("digits")
    real, _ = pictures()
    generator = torch.Generator().manual_seed(0)
    noise = 0.25 * torch.randn(1, 1, 8, 8, generator=generator) + 0.08 * torch.randn(300, 1, 8, 8, generator=generator)
    precision, _ = precision_recall(judge.features(real), judge.features(noise))
    assert precision < 0.05


def test_unknown_judge() -> None:
    with pytest.raises(UsageError, match="did you mean 'digits'"):
        judges.load("digit")
    with pytest.raises(UsageError, match="'mnist' takes no weights"):
        judges.load("mnist", weights="file.pth")


TINY = training.Plan(8, (16, 24), features=32, epochs=12, shift=1, depth=2, norm=True, rate=6e-3, half=True)


def test_a_judge_is_trained_saved_and_read_back(tmp_path: Path) -> None:
    told: list[tuple[int, int, float]] = []
    judge = training.train("mine", named.digits(), TINY, lambda *what: told.append(what))
    assert [epoch for epoch, _, _ in told] == list(range(1, 13))
    assert told[-1][2] < told[0][2] / 2
    assert judge.accuracy is not None
    assert judge.accuracy > 0.9
    path = tmp_path / "mine.safetensors"
    path.write_bytes(classifier.to_bytes(judge, half=True))
    again = judges.load(str(path))
    images, labels = pictures()
    assert (again.name, again.fingerprint) == ("mine", judge.fingerprint)
    assert torch.equal(again.features(images), judge.features(images))
    assert (again.predict(images) == labels).double().mean().item() == pytest.approx(again.accuracy, abs=1e-4)


def test_folding_changes_nothing() -> None:
    torch.manual_seed(0)
    judge = classifier.Classifier("x", size=16, channels=(6, 8), features=5, classes=3, colour=True, depth=2, norm=True)
    for layer in judge.trunk:
        if isinstance(layer, torch.nn.BatchNorm2d):
            for values in (layer.weight.data, layer.bias.data, layer.running_mean, layer.running_var):
                values.uniform_(0.5, 1.5)  # type: ignore[union-attr]
    judge.eval()
    images = torch.rand(4, 3, 16, 16) * 2 - 1
    plain = classifier.folded(judge)
    assert not any(isinstance(layer, torch.nn.BatchNorm2d) for layer in plain.modules())
    torch.testing.assert_close(plain.features(images), judge.features(images), rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(plain.probabilities(images), judge.probabilities(images), rtol=1e-4, atol=1e-5)


def test_augmentation_moves_mirrors_and_blanks() -> None:
    torch.manual_seed(0)
    ramp = torch.linspace(-0.9, 0.9, 16).expand(200, 3, 16, 16)
    plan = training.Plan(size=16, channels=(8,), features=8, epochs=1, shift=0, flip=True, cutout=4)
    x = training.augmented(ramp, plan)
    blank = (x == 0).all(1).flatten(1).sum(1)
    assert ((blank >= 1) & (blank <= 16)).all()
    whole = torch.where(x == 0, torch.nan, x)
    mirrored = (whole[:, 0] - ramp.flip(3)[:, 0]).nan_to_num().abs().amax((1, 2)) < 1e-6
    assert 60 < mirrored.sum() < 140
    moved = training.augmented(torch.ones(2, 1, 8, 8), training.Plan(8, (8,), 8, 1, shift=2))
    assert moved.shape == (2, 1, 8, 8)


@pytest.mark.parametrize(
    ("spec", "size", "blocks"),
    [(Images(1, 4, 4), 8, 2), (Images(3, 28, 20), 28, 3), (Images(3, 32, 32), 32, 4), (Images(1, 112, 92), 64, 5)],
)
def test_plan_goes_by_the_pictures(spec: Images, size: int, blocks: int) -> None:
    plan = training.plan_for(spec, 3)
    assert (plan.size, len(plan.channels), plan.epochs, plan.colour) == (size, blocks, 3, spec.channels == 3)
    assert size >> blocks in (2, 3)


def labelled(labels: list[int], spec: Images = DIGITS) -> Arrays:
    fields = {"image": torch.zeros(len(labels), *spec.shape, dtype=torch.uint8), "label": torch.tensor(labels)}
    return Arrays(spec, fields, name="mine")


def test_data_that_make_no_judge_are_refused() -> None:
    with pytest.raises(UsageError, match="pictures with labels, and 'ring' is points"):
        training.train("x", named.load("ring"), TINY)
    bare = Arrays(Images(1, 8, 8), {"image": torch.zeros(9, 1, 8, 8, dtype=torch.uint8)}, name="bare")
    with pytest.raises(UsageError, match="'bare' has none: put the pictures of each class into a folder"):
        training.train("x", bare, TINY)
    with pytest.raises(RivalsError, match="all pictures of 'mine' are of one class"):
        training.train("x", labelled([0] * 30), TINY)
    with pytest.raises(RivalsError, match="3 pictures of 'mine' are too few for 10 classes: a judge needs at least 20"):
        training.train("x", labelled([0, 1, 2]), TINY)


def test_files_that_are_no_judge_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    with pytest.raises(RivalsError, match="cannot be read as safetensors"):
        judges.load(str(path))
    path.write_bytes(b"nothing")
    with pytest.raises(RivalsError, match="cannot be read as safetensors"):
        judges.load(str(path))
    save_file({"a": torch.ones(2)}, path)
    with pytest.raises(RivalsError, match="is no judge: make one with `rivals judge train"):
        judges.load(str(path))
    facts = '{"size": 8, "channels": [4], "features": 4, "classes": 2}'
    save_file({"a": torch.ones(2)}, path, metadata={"judge": facts})
    with pytest.raises(RivalsError, match="is no judge"):
        judges.load(str(path))
    broken = classifier.Classifier("x", size=8, channels=[4], features=4, classes=2)
    broken.head.weight.data.fill_(torch.nan)
    path.write_bytes(classifier.to_bytes(broken))
    with pytest.raises(RivalsError, match="damaged"):
        judges.load(str(path))


def test_the_docs_table_is_that_of_the_files() -> None:
    page = (Path(__file__).parents[2] / "docs" / "judges.md").read_text()
    rows = re.findall(r"^\| `(\w+)` \| .*? \| ([\d.]+) % \| ([\d,]+) \| `(\w{12})` \|$", page, re.M)
    loaded = {name: judges.load(name) for name in judges.names()}
    facts = [
        (
            name,
            f"{judge.accuracy:.2%}"[:-1],
            f"{(judges.WEIGHTS / f'{name}.safetensors').stat().st_size:,}",
            judge.fingerprint,
        )
        for name, judge in loaded.items()
    ]
    assert sorted(rows) == sorted(facts)
