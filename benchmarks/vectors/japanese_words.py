"""The words of the tables in Japanese."""

from benchmarks.vectors.goals import EXACT, FAST, SPEED, TESTS, THREADS, minus_gensim
from benchmarks.vectors.plan import SETTINGS

_TESTS = {
    "analogies": "類推",
    "validation": "検証データ",
    "five folds": "5 分割",
    "inferred": "推論したベクトル",
    "nouns": "名詞",
    "verbs": "動詞",
}
_SYSTEMS = {EXACT: "saiki（exact）", FAST: "saiki（fast）"}


def _title(title: str) -> str:
    words = {"hierarchical softmax": "階層的ソフトマックス", "concatenated": "連結", "-d": " 次元"}
    for english, japanese in words.items():
        title = title.replace(english, japanese)
    return title.replace(", ", "、")


_TITLES = {setting.title: _title(setting.title) for setting in SETTINGS}
JAPANESE = {
    "trained": "訓練",
    "system": "実装",
    "one thread": "1 スレッド",
    "two threads": "2 スレッド",
    "two ÷ one": "2 ÷ 1",
    "pairs, questions": "対・問題の数",
    "peak memory MiB": "最大メモリ MiB",
    "CPU seconds of the vocabulary": "語彙の CPU 秒",
    "vectors": "ベクトル",
    "both": "両方",
    "words": "語数",
    "minimum count": "最小出現数",
    "vocabulary": "語彙",
    "tables MiB": "表 MiB",
    "own memory MiB": "固有のメモリ MiB",
    "with mapped files MiB": "マップしたファイルも含む MiB",
    "reading, words per CPU-second": "読み込みの語数/CPU 秒",
    "training, words per CPU-second": "訓練の語数/CPU 秒",
    "what": "測るもの",
    "film reviews by PV-DBOW": "映画評の分類、PV-DBOW",
    "100 M words ÷ 10 M words, equal vocabulary": "1 億語 ÷ 1 千万語、同じ語彙",
    "memory": "メモリ",
    "speed": "速さ",
    SPEED: "gensim の速さの何倍か",
    THREADS: "2 スレッド ÷ 1 スレッド",
}
JAPANESE |= _TESTS | _SYSTEMS | _TITLES
JAPANESE |= {f"{title} (avx2)": f"{shown}（AVX2）" for title, shown in _TITLES.items()}
JAPANESE |= {f"{name}, avx2": f"{shown}、AVX2" for name, shown in _SYSTEMS.items()}
JAPANESE |= {
    minus_gensim(test): f"{_TESTS.get(test, test)}、gensim との差（ポイント）"
    for test in (*TESTS, "validation", "five folds")
}
