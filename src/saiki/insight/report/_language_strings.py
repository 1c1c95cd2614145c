"""The visible strings of pages about language models and texts, in both languages."""

from saiki.language import Language

__all__ = ["LANGUAGE_STRINGS"]

LANGUAGE_STRINGS: dict[str, dict[Language, str]] = {
    "language_model": {"en": "Language model", "ja": "言語モデル"},
    # Figures
    "figures_of_parts": {"en": "Figures", "ja": "評価値"},
    "metric_perplexity_per_word": {
        "en": "perplexity per word",
        "ja": "単語あたりのパープレキシティ",
    },
    "metric_perplexity_with_cache": {
        "en": "perplexity with cache",
        "ja": "キャッシュ併用時のパープレキシティ",
    },
    "metric_bits_per_byte": {"en": "bits per byte", "ja": "BPB（ビット／バイト）"},
    "metric_unknown_rate": {"en": "unknown tokens", "ja": "未知トークン率"},
    "nats_per_token": {"en": "Nats per token", "ja": "トークンあたりの nats"},
    "part": {"en": "Part", "ja": "部分"},
    "tokens": {"en": "Tokens", "ja": "トークン数"},
    "vocabulary_of_tokens": {"en": "Vocabulary", "ja": "語彙数"},
    "no_figures": {
        "en": "There are no figures of a test or validation part.",
        "ja": "テスト部分や検証部分の評価値がありません。",
    },
    "figures_note": {
        "en": "A perplexity of {perplexity} means: on average the model is as unsure of the next "
        "token as if it had to choose blindly among {choices}. Perplexities of different "
        "tokenisers cannot be compared; bits per byte can.",
        "ja": "パープレキシティ {perplexity} は、次のトークンを平均して {choices} 個の候補から"
        "無作為に選ぶのと同じ程度の不確かさを意味します。トークナイザーが異なるとパープレキシティは"
        "比べられませんが、BPB なら比べられます。",
    },
    "size_of_model": {
        "en": "This is a small model: {parameters} parameters, trained on {tokens} tokens "
        "(passes: {epochs}). It knows which tokens often stand together in that text, not what "
        "they mean: its rankings follow frequency more than sense, and what it writes states no "
        "facts.",
        "ja": "これは小さなモデルです。パラメータ数は {parameters}、訓練に使ったのは {tokens} "
        "トークン（{epochs} 周）です。知っているのは訓練文でどのトークンがよく並ぶかであって、意味"
        "ではありません。順位は意味よりも頻度に左右され、生成した文は事実を述べるものではありません。",
    },
    "metric_micro_f1": {"en": "micro F1", "ja": "マイクロ F 値"},
    # Samples
    "no_samples": {
        "en": "There is no samples.json: the run has not come so far.",
        "ja": "samples.json がありません（実行がそこまで進んでいません）。",
    },
    "continuations": {"en": "Texts it goes on with", "ja": "続きの生成"},
    "continuations_note": {
        "en": "The beginning is in bold, the rest is drawn token by token (temperature "
        "{temperature}, seed {seed}, one more for each text).",
        "ja": "太字が与えた書き出しで、続きは 1 トークンずつ抽選した結果です"
        "（温度 {temperature}、シードは {seed} から 1 つずつ増やします）。",
    },
    "no_prompts": {
        "en": "The configuration asks for no continuation (samples.prompts).",
        "ja": "設定に書き出し（samples.prompts）がありません。",
    },
    "empty_prompt": {"en": "(from nothing)", "ja": "（書き出しなし）"},
    "blanks": {"en": "Blanks", "ja": "空欄補充"},
    "blanks_note": {
        "en": "Each candidate is put into the blank and the whole text is scored, so what follows "
        "counts as well. The probabilities are among these candidates and add up to 1. A candidate "
        "of more tokens is at a disadvantage. Colour is the surprise of each token: point at one "
        "to see the number.",
        "ja": "候補を空欄に入れて文全体を採点します（空欄より後ろも含みます）。確率は候補の中での"
        "割合で、合計は 1 です。トークン数の多い候補は不利になります。色はトークンごとの驚き"
        "（サプライザル）で、ポインタを合わせると値が出ます。",
    },
    "no_blanks": {
        "en": "The configuration holds no blank (samples.cloze).",
        "ja": "設定に空欄補充の文（samples.cloze）がありません。",
    },
    "candidate": {"en": "Candidate", "ja": "候補"},
    "rank": {"en": "Rank", "ja": "順位"},
    "probability": {"en": "Probability", "ja": "確率"},
    "perplexity": {"en": "Perplexity", "ja": "パープレキシティ"},
    "text_by_token": {"en": "Surprise of every token", "ja": "トークンごとの驚き"},
    "unknown_note": {
        "en": "† holds tokens that training never saw. All of them share one place in the "
        "vocabulary, so such a text may look likelier than it is.",
        "ja": "† 訓練に一度も現れなかったトークンを含みます。それらは語彙の 1 つの項目にまとめ"
        "られるため、実際よりもありそうに見えることがあります。",
    },
    "unknown_around": {
        "en": "The text around the blank holds unknown tokens ({count}): the model cannot read "
        "that part of it.",
        "ja": "空欄の前後に未知のトークンが {count} 個あり、モデルはその部分を読めていません。",
    },
    "surprises": {"en": "Surprise of held-back lines", "ja": "未学習の行に対する驚き"},
    "surprises_note": {
        "en": "Lines that training never saw. Surprise is −ln p of a token, given all before it.",
        "ja": "訓練に使っていない行です。驚きは、前のすべてのトークンを見たうえでの −ln p です。",
    },
    "no_surprises": {
        "en": "No part was held back, or its lines are too short to show.",
        "ja": "取り置いた部分がないか、行が短すぎて示せません。",
    },
    "line_figures": {
        "en": "{nats} nats, perplexity {perplexity}",
        "ja": "{nats} nats、パープレキシティ {perplexity}",
    },
    "token_surprise": {"en": "{nats} nats (p = {p})", "ja": "{nats} nats（確率 {p}）"},
    "end_surprise": {
        "en": "end of the line: {nats} nats (p = {p})",
        "ja": "行の終わり：{nats} nats（確率 {p}）",
    },
    "surprise_scale": {
        "en": "nats. Full colour: as surprised as by a blind guess among the {count} tokens of the "
        "vocabulary, or more.",
        "ja": "nats。最も濃い色は、語彙 {count} 個から無作為に選んだ場合と同じか"
        "それ以上の驚きです。",
    },
    "surprise_scale_plain": {"en": "nats", "ja": "nats（驚きの大きさ）"},
    # Curves
    "over_seconds": {"en": "{metric} over training time", "ja": "訓練時間と{metric}"},
    "training_seconds": {"en": "seconds of training", "ja": "訓練時間（秒）"},
    "language_curves_note": {
        "en": "The training figure is taken on the way, with drop-out on and weights that still "
        "change, so it may lie above the validation figure.",
        "ja": "訓練の値は、ドロップアウトが有効で重みが変わり続ける途中で測るため、検証の値より"
        "大きくなることがあります。",
    },
    # Classification
    "no_confusion": {
        "en": "An example may have several labels here, and each is decided by itself: no class is "
        "taken for another, so there is no matrix of them.",
        "ja": "1 つの事例に複数のラベルが付くことがあり、ラベルごとに個別に判定するため、混同行列は"
        "ありません。",
    },
    "no_calibration": {
        "en": "The predictions hold no confidence.",
        "ja": "予測に確信度の記録がありません。",
    },
    # Attention of a text classifier
    "attention": {"en": "Where the model looked", "ja": "モデルが注目した箇所"},
    "attention_note": {
        "en": "The colour is the weight that attention pooling gave a token; full colour is the "
        "largest of each text. A weight shows where the summary was taken from; it is no proof "
        "that the answer depends on that token.",
        "ja": "色はアテンションプーリングが各トークンに与えた重みで、最も濃い色が各文の最大値です。"
        "重みは要約がどこから取られたかを示すもので、答えがそのトークンで決まった証拠では"
        "ありません。",
    },
    "attention_right": {"en": "Answered right", "ja": "正解した例"},
    "attention_wrong": {"en": "Worst mistakes", "ja": "大きな誤り"},
    "attention_weight": {"en": "weight {weight}", "ja": "重み {weight}"},
    "attention_answer": {
        "en": "{name}: label {label}, answered {predicted} ({confidence})",
        "ja": "{name}：正解 {label}、予測 {predicted}（{confidence}）",
    },
}
