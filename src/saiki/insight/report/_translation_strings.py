"""The visible strings of pages about translation, in both languages."""

from saiki.language import Language

__all__ = ["TRANSLATION_STRINGS"]

TRANSLATION_STRINGS: dict[str, dict[Language, str]] = {
    "translation": {"en": "Translation", "ja": "翻訳"},
    # Figures
    "metric_bleu": {"en": "BLEU", "ja": "BLEU"},
    "metric_chrf": {"en": "chrF", "ja": "chrF"},
    "sentences": {"en": "Sentences", "ja": "文数"},
    "score_note": {
        "en": "BLEU and chrF run from 0 to 100; BLEU figures are comparable only where the texts "
        "were cut into tokens in the same way.",
        "ja": "BLEU と chrF は 0 から 100 です。BLEU は、文を同じ方法でトークンに分けた場合に"
        "だけ比べられます。",
    },
    "scored_with": {"en": "Scored with {signature}.", "ja": "評価方法：{signature}"},
    "by_group": {"en": "Scores per group", "ja": "グループ別の評価"},
    "group": {"en": "Group", "ja": "グループ"},
    # Quality by length
    "by_length": {"en": "Quality by source length", "ja": "原文の長さと品質"},
    "by_length_caption": {
        "en": "BLEU by length of the source",
        "ja": "原文の長さ別の BLEU",
    },
    "by_length_note": {
        "en": "Where one state vector has to hold a whole sentence, quality falls with its length; "
        "attention is the cure. A bin of few sentences says little.",
        "ja": "文全体を 1 つの状態ベクトルに収める構成では、文が長いほど品質が落ちます。"
        "アテンションがその対策です。文数の少ない区間の値は当てになりません。",
    },
    "source_length": {"en": "tokens of the source", "ja": "原文のトークン数"},
    "length_bin": {"en": "{first}–{last}", "ja": "{first}–{last}"},
    "length_bin_open": {"en": "{first} and more", "ja": "{first} 以上"},
    "sentence_count": {"en": "sentences: {count}", "ja": "{count} 文"},
    "no_lengths": {
        "en": "samples.json holds no scores by length.",
        "ja": "samples.json に長さ別の評価がありません。",
    },
    # Alignment maps
    "alignment": {"en": "Alignment maps", "ja": "アライメント（対応）の図"},
    "alignment_note": {
        "en": "A row for each token that was written, a column for each token of the source: how "
        "the model divided its attention when it chose that token (a row adds up to 1). ⏎ is the "
        "end of the sentence.",
        "ja": "行が出力の各トークン、列が原文の各トークンです。そのトークンを選ぶときに、モデルが"
        "注意をどう配分したかを示します（行の合計は 1）。⏎ は文の終わりです。",
    },
    "alignment_caption": {"en": "Attention to the source", "ja": "原文への注意"},
    "pick_sample": {"en": "Sentence", "ja": "文"},
    "pick_map": {"en": "Map", "ja": "図"},
    "map_attention": {"en": "attention", "ja": "アテンション"},
    "map_of_head": {"en": "layer {layer}, head {head}", "ja": "第 {layer} 層 ヘッド {head}"},
    "map_mean": {"en": "mean of all heads", "ja": "全ヘッドの平均"},
    "map_all": {"en": "all heads side by side", "ja": "全ヘッドの一覧"},
    "weight_scale": {"en": "weight", "ja": "重み"},
    "no_maps": {
        "en": "This model has no attention, so there is no map: the whole source went through one "
        "state vector.",
        "ja": "このモデルにはアテンションがないため図はありません。原文全体が 1 つの状態ベクトル"
        "を通っています。",
    },
    # Samples
    "translations": {"en": "Translations", "ja": "翻訳例"},
    "translations_note": {
        "en": "✓ marks outputs that equal the reference. Nats are −ln p of the output; where the "
        "beam kept others, they stand below, best first by its score, which counts length too.",
        "ja": "✓ は参照訳と一致した出力です。nats は出力の −ln p。ビームに残ったほかの候補は、"
        "その下に、長さも考えに入れた得点の順で示しています。",
    },
    "no_translations": {
        "en": "samples.json holds no translation.",
        "ja": "samples.json に翻訳例がありません。",
    },
    "source_text": {"en": "Source", "ja": "原文"},
    "reference_text": {"en": "Reference", "ja": "参照訳"},
    "output_text": {"en": "Output", "ja": "出力"},
    "unknown_words": {"en": "unknown: {words}", "ja": "未知語：{words}"},
}
