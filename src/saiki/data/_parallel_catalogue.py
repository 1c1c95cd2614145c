"""The data sets of parallel text that saiki knows by name."""

from saiki.data._set_info import FileInfo, SetInfo

_ENJA = (
    "https://raw.githubusercontent.com/odashi/small_parallel_enja/"
    "bc6f160498e5f97a286ff679173e7f6ba9321d9f/"
)
_PIECES = (".000", ".001", ".002", ".003", ".004")
_SMALL_PARALLEL_ENJA = SetInfo(
    name="small-parallel-enja",
    title="Small parallel corpus, English and Japanese: 50,000 sentence pairs of 4 to 16 words, "
    "500 for validation and 500 for the test; tokens parted by spaces, English in lower case",
    kind="parallel",
    source_url="https://github.com/odashi/small_parallel_enja",
    licence="none stated; sentences of the Tanaka corpus: CC BY 2.0 FR",
    licence_url="https://creativecommons.org/licenses/by/2.0/fr/",
    citation=(
        "Y. Oda: small_parallel_enja, 50k En/Ja parallel corpus for testing SMT methods; Y. Tanaka "
        "(2001): Compilation of a multilingual parallel corpus. PACLING 2001."
    ),
    folder="small_parallel_enja",
    columns=("en", "ja"),
    files=(
        FileInfo(
            name="train.en.gz",
            holds="gzip",
            sha256="148b05dcd28638fe20ee84f2b1127001c80982be352007dda241fb759adadc76",
            bytes=1_701_356,
            url=_ENJA + "train.en",
            is_served_plain=True,
            pieces=_PIECES,
            part="train",
            column="en",
        ),
        FileInfo(
            name="train.ja.gz",
            holds="gzip",
            sha256="fc81a1434349ec98a449d7ae9cd2530057f689637684ecfed3501ea6a8a07ecc",
            bytes=2_784_447,
            url=_ENJA + "train.ja",
            is_served_plain=True,
            pieces=_PIECES,
            part="train",
            column="ja",
        ),
        FileInfo(
            name="dev.en.gz",
            holds="gzip",
            sha256="04a2673449770657fd5e3b963cb856be3130923212b6db8ac7eaeef18f06c041",
            bytes=17_054,
            url=_ENJA + "dev.en",
            is_served_plain=True,
            part="validation",
            column="en",
        ),
        FileInfo(
            name="dev.ja.gz",
            holds="gzip",
            sha256="cd534f56b8639dc130f86a365e5ec0aa70042000bdd740a622fbbf8b6be4acca",
            bytes=27_781,
            url=_ENJA + "dev.ja",
            is_served_plain=True,
            part="validation",
            column="ja",
        ),
        FileInfo(
            name="test.en.gz",
            holds="gzip",
            sha256="45edb380749ec2b49cca7618fc5a7595fc9f791180672ba466b90c873a4aa8bf",
            bytes=17_301,
            url=_ENJA + "test.en",
            is_served_plain=True,
            part="test",
            column="en",
        ),
        FileInfo(
            name="test.ja.gz",
            holds="gzip",
            sha256="d37dc460a81b064e4106c8913eb11fa300da05cf3f58a7a5bbfec7e20947ddef",
            bytes=27_793,
            url=_ENJA + "test.ja",
            is_served_plain=True,
            part="test",
            column="ja",
        ),
    ),
)
_MULTI30K_RAW = "https://raw.githubusercontent.com/multi30k/dataset/master/data/task1/raw/"
_MULTI30K = SetInfo(
    name="multi30k",
    title="Multi30k, English and German descriptions of photographs: 29,000 pairs, and 1,014 for "
    "validation; cased, not tokenised; without its test parts",
    kind="parallel",
    source_url="https://github.com/multi30k/dataset",
    licence="none stated; for non-commercial research and education",
    licence_url="https://github.com/multi30k/dataset",
    citation=(
        "D. Elliott, S. Frank, K. Sima'an, L. Specia (2016): Multi30K: Multilingual English-German "
        "Image Descriptions. 5th Workshop on Vision and Language, 70-74."
    ),
    folder="multi30k_en_de",
    columns=("en", "de"),
    files=(
        FileInfo(
            name="train.en.gz",
            holds="gzip",
            sha256="460a15fbd157e34a7a9957ee388c1ca247fe47af3ef25fb50442af6c274e0fc6",
            bytes=1_801_238,
            url=_MULTI30K_RAW + "train.en.gz",
            part="train",
            column="en",
        ),
        FileInfo(
            name="train.de.gz",
            holds="gzip",
            sha256="2c2b73fd2b548fbcde3a875e0a78d6ee94d498bfdee6bd3eae3945779e9ddf72",
            bytes=2_110_398,
            url=_MULTI30K_RAW + "train.de.gz",
            part="train",
            column="de",
        ),
        FileInfo(
            name="val.en.gz",
            holds="gzip",
            sha256="1f2a23d992769b5b3d209b0a10dd0b77c08cceb1f20dfb97ed0aafa49d107227",
            bytes=63_297,
            url=_MULTI30K_RAW + "val.en.gz",
            part="validation",
            column="en",
        ),
        FileInfo(
            name="val.de.gz",
            holds="gzip",
            sha256="660e09eb7e1da2f856ea13ee5ad3cf6d36b3d5b0b733c857e94c5747a3dfc660",
            bytes=75_981,
            url=_MULTI30K_RAW + "val.de.gz",
            part="validation",
            column="de",
        ),
    ),
)
_DATES = SetInfo(
    name="dates",
    title="Written dates, Japanese and English, in 142 forms, and what they are in ISO 8601: "
    "100,000 for training, 2,000 for validation, 5,000 for the test; made on the spot",
    kind="parallel",
    source_url="https://laws.e-gov.go.jp/law/354AC0000000043",
    licence="Apache-2.0 (made by saiki)",
    licence_url="https://www.apache.org/licenses/LICENSE-2.0",
    citation="saiki, `saiki.data.dates`; days of the eras by the Era Name Act and its orders.",
    folder="dates",
    columns=("written", "iso"),
    files=(),
    fingerprint="be91c71a5333a51fc778641ed14c83c81c66c849c0adc3267e2a08bf0903e16b",
)

PARALLEL_SETS = (_SMALL_PARALLEL_ENJA, _MULTI30K, _DATES)
