"""Cards of well-known sets: what they are, on what terms, how to get them, which reader takes them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class File:
    """One file of a set.

    Attributes:
        url: where it is.
        checksum: "md5:…" or "sha256:…", or None where it is not known for certain.
    """

    url: str
    checksum: str | None = None

    @property
    def name(self) -> str:
        """Its own name."""
        return self.url.rpartition("/")[2]


@dataclass(frozen=True)
class Card:
    """What a person must know to use a set.

    Attributes:
        name: short.
        title: what it is.
        size: samples and bytes, roughly.
        terms: under which it may be used, as far as known; they are the owner's, not this library's.
        layout: how its files are laid out.
        get: how to get it by hand, or what `rivals data get` leaves to do.
        reader: word of the reader that takes it.
        path: what the reader is given, below the folder.
        files: that `rivals data get` fetches; none where the terms want a form, an account or a choice.
    """

    name: str
    title: str
    size: str
    terms: str
    layout: str
    get: str
    reader: str
    path: str = "."
    files: tuple[File, ...] = ()


ASK = "see the site; it wants your consent or an account, so nothing is downloaded for you"
_MNIST = "https://ossci-datasets.s3.amazonaws.com/mnist/"
_FASHION = "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"
_IDX = "four IDX files, gz: pictures and labels of train and t10k"
_LIBSVM = "https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/multiclass/"

CARDS: dict[str, Card] = {
    card.name: card
    for card in (
        Card(
            "mnist",
            "MNIST, handwritten digits, 28×28 grey, 10 classes",
            "70,000; 12 MB",
            "no licence in the original; widely given as CC BY-SA 3.0",
            _IDX,
            "fetched whole",
            "images",
            files=(
                File(_MNIST + "train-images-idx3-ubyte.gz", "md5:f68b3c2dcbeaaa9fbdd348bbdeb94873"),
                File(_MNIST + "train-labels-idx1-ubyte.gz", "md5:d53e105ee54ea40749a09fcbcd1e9432"),
                File(_MNIST + "t10k-images-idx3-ubyte.gz", "md5:9fb629c4189551a2d022fa330f9573f3"),
                File(_MNIST + "t10k-labels-idx1-ubyte.gz", "md5:ec29112dd5afa0611ce80d1b7f02629c"),
            ),
        ),
        Card(
            "fashion",
            "Fashion-MNIST, clothes, 28×28 grey, 10 classes",
            "70,000; 30 MB",
            "MIT (Zalando SE)",
            _IDX,
            "fetched whole",
            "images",
            files=(
                File(_FASHION + "train-images-idx3-ubyte.gz", "md5:8d4fb7e6c68d591d4c3dfef9ec88bf0d"),
                File(_FASHION + "train-labels-idx1-ubyte.gz", "md5:25c81989df183df01b3e8a0aad5dffbe"),
                File(_FASHION + "t10k-images-idx3-ubyte.gz", "md5:bef4ecab320f06d8554ea6380940ec79"),
                File(_FASHION + "t10k-labels-idx1-ubyte.gz", "md5:bb300cfdad3c16e7a12a480ee83cd310"),
            ),
        ),
        Card(
            "cifar-10",
            "CIFAR-10, photographs, 32×32 colour, 10 classes",
            "60,000; 170 MB",
            "none stated; the authors ask for a citation (Krizhevsky 2009)",
            "records of 1 label byte and 3,072 pixel bytes, colour after colour, in cifar-10-binary.tar.gz",
            "download the binary version from https://www.cs.toronto.edu/~kriz/cifar.html and write images "
            "(N, 32, 32, 3) and labels (N,) to one .npz; the Python version holds pickles, which are not read",
            "images",
        ),
        Card(
            "svhn",
            "Street View House Numbers, 32×32 colour, 10 classes",
            "99,289; 250 MB",
            "for non-commercial use only (as its site states)",
            "train_32x32.mat and test_32x32.mat: X (32, 32, 3, N) and y (N, 1), 10 stands for 0",
            "fetched; then scipy.io.loadmat, X.transpose(3, 0, 1, 2) and y[:, 0] % 10 to one .npz as images and labels",
            "images",
            "svhn.npz",
            files=(
                File("http://ufldl.stanford.edu/housenumbers/train_32x32.mat", "md5:e26dedcc434d2e4c54c9b2d4a06d8373"),
                File("http://ufldl.stanford.edu/housenumbers/test_32x32.mat", "md5:eb5a983be6a315427106f1b164d9cef3"),
            ),
        ),
        Card(
            "usps",
            "USPS, digits of envelopes, 16×16 grey, 10 classes",
            "9,298; 10 MB",
            "none stated; see the site",
            "usps.bz2 and usps.t.bz2, lines of label (1 to 10) and place:value, -1 to 1",
            "fetched; then sklearn.datasets.load_svmlight_file, (x + 1) · 127.5 as uint8 (N, 16, 16) and label - 1 to "
            "one .npz as images and labels",
            "images",
            "usps.npz",
            files=(
                File(_LIBSVM + "usps.bz2", "md5:ec16c51db3855ca6c91edd34d0e9b197"),
                File(_LIBSVM + "usps.t.bz2", "md5:8ea070ee2aca1ac39742fdd1ef5ed118"),
            ),
        ),
        Card(
            "celeba",
            "CelebA, faces of celebrities, 178×218 colour, 40 attributes, 5 landmarks",
            "202,599; 1.4 GB",
            f"non-commercial research only; {ASK}",
            "img_align_celeba/*.jpg and list_attr_celeba.txt",
            "https://mmlab.ie.cuhk.edu.hk/projects/CelebA.html: unpack img_align_celeba.zip and put "
            "list_attr_celeba.txt beside or into the folder",
            "images",
            "img_align_celeba",
        ),
        Card(
            "ffhq",
            "FFHQ, faces of Flickr, 1024×1024 colour",
            "70,000; 90 GB, thumbnails 2 GB",
            "CC BY-NC-SA 4.0 for the set, each picture under its own licence (as its site states)",
            "folders of 1,000 .png",
            "https://github.com/NVlabs/ffhq-dataset: its own script; thumbnails128x128 is enough up to 128 pixels",
            "images",
        ),
        Card(
            "afhq",
            "AFHQ, faces of cats, dogs and wild animals, 512×512 colour",
            "15,000; 7 GB",
            "CC BY-NC 4.0 (as its site states)",
            "train/cat, train/dog, train/wild and val or test likewise",
            "https://github.com/clovaai/stargan-v2: its own script",
            "domains",
            "train",
        ),
        Card(
            "lsun",
            "LSUN, scenes (bedroom, church, …), 256 pixels and more, colour",
            "3,000,000 bedrooms; 43 GB",
            "see the site",
            "an LMDB a category",
            "https://github.com/fyu/lsun: download one category and export it to a folder of pictures",
            "images",
        ),
        Card(
            "imagenet",
            "ImageNet (ILSVRC 2012), photographs, 1,000 classes",
            "1,281,167; 140 GB",
            f"non-commercial research and education only; {ASK}",
            "a folder a class",
            "https://image-net.org, or its page at Kaggle: unpack each class into its folder",
            "images",
            "train",
        ),
        Card(
            "inria-persons",
            "INRIA Person, people upright in photographs",
            "about 3,500 crops; 1 GB",
            "see the site",
            "folders train_64x128_H96, 70X134H96 and others of .png",
            "http://pascal.inrialpes.fr/data/human/: unpack and name the folder of crops",
            "images",
            "train_64x128_H96/pos",
        ),
        Card(
            "facades",
            "CMP facades, photographs and class maps, 256×256",
            "606; 30 MB",
            "see the site of the CMP Facade Database (Tylecek and Sara 2013)",
            "train, val and test: A|B side by side, the photograph left",
            "fetched and unpacked",
            "pairs",
            "facades/facades",
            files=(File("http://efrosgans.eecs.berkeley.edu/pix2pix/datasets/facades.tar.gz"),),
        ),
        Card(
            "horse2zebra",
            "Horses and zebras of ImageNet, 256×256 colour",
            "2,661; 111 MB",
            "ImageNet's: non-commercial research and education; see the site",
            "trainA, trainB, testA, testB",
            "fetched and unpacked",
            "unpaired",
            "horse2zebra/horse2zebra",
            files=(File("http://efrosgans.eecs.berkeley.edu/cyclegan/datasets/horse2zebra.zip"),),
        ),
        Card(
            "sprites",
            "Game figures in small pictures",
            "varies",
            "of each collection; see the site",
            "a folder of .png of one size, opacity kept",
            "for example the Liberated Pixel Cup's at https://lpc.opengameart.org: cut its sheets into pictures",
            "images",
        ),
        Card(
            "wikiart",
            "WikiArt, paintings by style (abstract art among them)",
            "about 80,000; 25 GB",
            "of each painting, many under copyright; non-commercial research; see the site",
            "a folder a style: Abstract_Expressionism, Color_Field_Painting, …",
            "https://github.com/cs-chan/ArtGAN: download, and name one folder of styles or one style",
            "images",
        ),
        Card(
            "c-elegans",
            "BBBC010, C. elegans live or dead, microscopy, 696×520, 16 bits",
            "100 wells; 70 MB",
            "see the site; the collection asks for its citation",
            "a folder of .tif, bright field and green fluorescence",
            "https://bbbc.broadinstitute.org/BBBC010: unpack and keep one channel in a folder",
            "images",
        ),
        Card(
            "chest-x-ray",
            "Montgomery and Shenzhen chest X-rays, tuberculosis or not",
            "138 and 662; 4 GB",
            "see the site; research, with the citation it asks for",
            "CXR_png/NAME_0.png healthy, NAME_1.png with findings",
            "https://data.lhncbc.nlm.nih.gov/public/Tuberculosis-Chest-X-ray-Datasets: sort the files by their last "
            "digit into two folders",
            "images",
        ),
        Card(
            "generated-faces",
            "Faces that a GAN made, for detectors",
            "10,000 and more",
            "of the generator that made them; see the site",
            "two folders, real and generated",
            "https://github.com/NVlabs/stylegan2 lists folders of samples; or `rivals data make faces`",
            "images",
        ),
        Card(
            "glasses",
            "Faces with and without glasses",
            "5,000; 1 GB",
            f"see the site; {ASK}",
            "train.csv with the column glasses, and a folder of .png",
            "the page of 'Glasses or No Glasses' at Kaggle: sort the pictures into trainA and trainB; or CelebA's "
            "attribute Eyeglasses; or `rivals data make faces`",
            "unpaired",
        ),
        Card(
            "modelnet",
            "ModelNet10 and ModelNet40, meshes of furniture and other things",
            "4,899 and 12,311; 2 GB",
            "academic research only; the models belong to their authors",
            "a folder a class, below it train and test, of .off",
            "https://modelnet.cs.princeton.edu: unpack, and name the folder",
            "cloud",
            "ModelNet10",
        ),
        Card(
            "movielens",
            "MovieLens latest-small, ratings of films",
            "100,000; 1 MB",
            "GroupLens: research, with acknowledgement; no commercial use without permission; terms in its README",
            "ratings.csv: userId,movieId,rating,timestamp",
            "fetched and unpacked",
            "table",
            "ml-latest-small/ml-latest-small/ratings.csv",
            files=(File("https://files.grouplens.org/datasets/movielens/ml-latest-small.zip"),),
        ),
        Card(
            "adult",
            "UCI Adult, census income",
            "48,842 rows; 6 MB",
            "CC BY 4.0 (as UCI states)",
            "adult.data, comma separated, without a header, ? where something is missing",
            "fetched and unpacked",
            "table",
            "adult/adult.data",
            files=(File("https://archive.ics.uci.edu/static/public/2/adult.zip"),),
        ),
    )
}
"""Name -> card."""
