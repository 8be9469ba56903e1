import re
from urllib.parse import urlsplit

import pytest

from rivals.data import fetch
from rivals.data.cards import CARDS
from rivals.data.readers import READERS

WANTED = {
    "mnist", "fashion", "cifar-10", "svhn", "usps", "celeba", "ffhq", "afhq", "lsun", "imagenet", "inria-persons",
    "facades", "horse2zebra", "sprites", "wikiart", "c-elegans", "chest-x-ray", "generated-faces", "glasses",
    "modelnet", "movielens", "adult",
}  # fmt: skip


def test_every_wanted_set_has_a_card():
    assert set(CARDS) == WANTED


@pytest.mark.parametrize("name", CARDS)
def test_a_card_is_complete_and_can_be_followed(name):
    card = CARDS[name]
    assert card.reader in READERS
    assert all((card.title, card.size, card.terms, card.layout, card.get))
    assert card.files or re.search(r"https?://|Kaggle", card.get)
    for file in card.files:
        assert urlsplit(file.url).scheme in fetch.SCHEMES
        assert re.fullmatch(r"[\w.-]+", file.name)
        fetch._verified(file.checksum)
    assert len({file.name for file in card.files}) == len(card.files)


@pytest.mark.parametrize("name", ["celeba", "imagenet", "ffhq", "afhq", "modelnet", "chest-x-ray"])
def test_sets_whose_terms_want_consent_are_not_downloaded(name):
    assert not CARDS[name].files


def test_checksums_of_the_mnist_files_agree_with_the_copies_here(data_home):
    import gzip
    import hashlib

    for file in CARDS["mnist"].files:
        raw = (data_home / "mnist" / file.name).read_bytes()
        same = f"md5:{hashlib.md5(raw).hexdigest()}" == file.checksum
        # the training pictures' gzip wrapper is another one there, see its README
        inside = hashlib.md5(gzip.decompress(raw)).hexdigest()
        assert same or inside == "6bbc9ace898e44ae57da46a324031adb"
