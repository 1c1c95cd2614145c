"""The visible strings of pages about word vectors, in both languages."""

from saiki.language import Language

__all__ = ["WORD_STRINGS"]

WORD_STRINGS: dict[str, dict[Language, str]] = {
    "word_vectors": {"en": "Word vectors", "ja": "単語ベクトル"},
    "headline_first": {
        "en": "The nearest word is “{word}”, as it should be.",
        "ja": "最も近い単語は「{word}」で、期待どおりです。",
    },
    "headline_place": {
        "en": "The nearest word is “{word}”; “{expected}” comes at place {rank}.",
        "ja": "最も近い単語は「{word}」です。「{expected}」は {rank} 位です。",
    },
    "headline_beyond": {
        "en": "The nearest word is “{word}”; “{expected}” is not among the first 100.",
        "ja": "最も近い単語は「{word}」です。「{expected}」は 100 位以内にありません。",
    },
    "headline_missing": {
        "en": "It cannot be asked: these texts are too short to give a vector to: {words}.",
        "ja": "この文章の量では次の単語のベクトルがなく、計算できません：{words}。",
    },
    "headline_inputs": {
        "en": "The words of the question are never answers. If they could be, the nearest of all "
        "would be “{word}”.",
        "ja": "式に使った単語は答えから除きます。除かなければ、最も近いのは「{word}」です。",
    },
    "similarity": {"en": "Cosine similarity", "ja": "コサイン類似度"},
    "no_question": {
        "en": "The configuration asks no question.",
        "ja": "設定に問いがありません。",
    },
    "no_answers": {
        "en": "There is no predictions/analogies.jsonl: the run has not come so far.",
        "ja": "predictions/analogies.jsonl がありません（実行がそこまで進んでいません）。",
    },
    "analogies": {"en": "Analogies", "ja": "類推"},
    "analogies_note": {
        "en": "Every question of the list is shown, whether it works or not. a − b + c is the sum "
        "of unit vectors; its nearest words by cosine are the answers, a, b and c left out. A "
        "question with a word that has no vector counts as not answered.",
        "ja": "うまくいくかどうかにかかわらず、一覧の問いをすべて示します。a − b + c は単位"
        "ベクトルの和で、コサイン類似度が最も高い単語を答えとします（a、b、c は除く）。ベクトルの"
        "ない単語を含む問いは、答えられなかったものと数えます。",
    },
    "analogies_inputs": {
        "en": "In {count} of {total} questions the nearest word of all is one of the question "
        "itself, which is why those are left out.",
        "ja": "{total} 問のうち {count} 問では、最も近いのは式に使った単語そのものです。除くのは"
        "そのためです。",
    },
    "relation": {"en": "Relation", "ja": "関係"},
    "questions": {"en": "Questions", "ja": "問い"},
    "all_questions": {"en": "all", "ja": "全体"},
    "answered_first": {"en": "First", "ja": "1 位"},
    "answered_near": {"en": "Place 2 to 5", "ja": "2〜5 位"},
    "answered_later": {"en": "Place 6 to 100", "ja": "6〜100 位"},
    "answered_beyond": {"en": "Beyond 100", "ja": "100 位より下"},
    "answered_not": {"en": "No vector", "ja": "ベクトルなし"},
    "share_of_questions": {"en": "share of the questions", "ja": "問いに占める割合"},
    "question": {"en": "Question", "ja": "問い"},
    "expected": {"en": "Expected", "ja": "期待する答え"},
    "place": {"en": "Place", "ja": "順位"},
    "place_of": {"en": "place {rank}", "ja": "{rank} 位"},
    "place_first": {"en": "✓ first", "ja": "✓ 1 位"},
    "place_beyond": {"en": "beyond 100", "ja": "100 位より下"},
    "place_missing": {"en": "no vector: {words}", "ja": "ベクトルなし：{words}"},
    "five_answers": {"en": "The five nearest words", "ja": "近い順に 5 語"},
    "neighbours": {"en": "Neighbours", "ja": "近い単語"},
    "word": {"en": "Word", "ja": "単語"},
    "nearest_words": {
        "en": "Nearest words, with cosine similarity",
        "ja": "近い単語とコサイン類似度",
    },
    "no_vector": {"en": "The word has no vector.", "ja": "この単語のベクトルはありません。"},
    "word_lists": {"en": "Published word lists", "ja": "公開されている評価用の単語一覧"},
    "no_lists": {
        "en": "The configuration names no lists.",
        "ja": "設定に評価用の一覧がありません。",
    },
    "lists_note": {
        "en": "Pairs of words: Spearman's rank correlation of the cosines with the scores that "
        "people gave. Analogies: the share of questions whose nearest word is right. Only pairs "
        "and questions whose words all have vectors count.",
        "ja": "単語対：コサイン類似度と、人が付けた点数とのスピアマンの順位相関係数。類推：最も"
        "近い単語が正解だった問いの割合。すべての単語にベクトルがある対と問いだけを数えます。",
    },
    "list": {"en": "List", "ja": "一覧"},
    "measure": {"en": "Measure", "ja": "尺度"},
    "score": {"en": "Score", "ja": "値"},
    "used": {"en": "Used", "ja": "使った数"},
    "not_used": {"en": "Without vectors", "ja": "ベクトルのない数"},
    "spearman": {"en": "Spearman's ρ", "ja": "スピアマンの ρ"},
    "share_right": {"en": "share right", "ja": "正答率"},
    "list_absent": {"en": "not on this machine", "ja": "このマシンにない"},
    "corpus": {"en": "Corpus", "ja": "コーパス"},
    "corpus_files": {"en": "Files", "ja": "ファイル"},
    "documents": {"en": "Documents (lines)", "ja": "文書数（行数）"},
    "words_read": {"en": "Words read", "ja": "読んだ単語数"},
    "words_dropped": {
        "en": "Dropped, being of words that occur less than {count} times",
        "ja": "出現が {count} 回未満の単語として除いた数",
    },
    "words_kept": {"en": "Words kept", "ja": "残した単語数"},
    "vocabulary": {"en": "Vocabulary", "ja": "語彙の大きさ"},
    "vector_size": {"en": "Numbers in a vector", "ja": "ベクトルの次元数"},
    "right_answers": {"en": "Analogies right", "ja": "類推の正答"},
    "right_answers_near": {"en": "Among the first five", "ja": "5 位以内"},
    "count_of": {"en": "{count} of {total}", "ja": "{total} 問中 {count} 問"},
    "word_curves_note": {
        "en": "Loss of a prediction in nats, each measured before its update. The held-out part is "
        "text that was never trained on: where its loss rises again while the other falls, the "
        "vectors begin to learn these texts by heart. The training loss can rise in the last "
        "epochs, when the learning rate is too small to follow the text at hand.",
        "ja": "予測 1 回あたりの損失（nats）で、更新の直前に測っています。検証部分は学習に使って"
        "いない文章です。訓練の損失が下がるのに検証の損失が上がり始めたら、文章の丸暗記が"
        "始まっています。最後の数エポックでは、学習率が小さくなって目の前の文章に追随しなくなり、"
        "訓練の損失が上がることがあります。",
    },
    "directions": {"en": "Directions", "ja": "関係の向き"},
    "directions_note": {
        "en": "The words of each relation in the plane of their largest variance. Where the arrows "
        "are parallel and of one length, the analogies of this relation work; the plane shows only "
        "a part of the {size} dimensions.",
        "ja": "関係ごとに、単語を分散が最大になる平面へ写しました。矢印が平行で長さもそろって"
        "いれば、その関係の類推がうまくいきます。平面に見えるのは {size} 次元の一部だけです。",
    },
    "direction_caption": {
        "en": "{kind} ({share} of the variance)",
        "ja": "{kind}（分散の {share}）",
    },
    "word_map": {"en": "Map of words", "ja": "単語の地図"},
    "map_title": {"en": "Map of {count} words", "ja": "{count} 語の地図"},
    "map_use": {
        "en": "Point at a word to see its nearest words; drag to zoom, double-click to go back. "
        "Labels are shown where there is room.",
        "ja": "単語に触れると近い単語が表示されます。ドラッグで拡大、ダブルクリックで戻ります。"
        "ラベルは場所のあるところだけに表示します。",
    },
    "map_neighbours": {"en": "Neighbours (t-SNE)", "ja": "近さを保つ地図（t-SNE）"},
    "map_neighbours_note": {
        "en": "Words near each other here are near in the vectors. Directions, and distances "
        "between groups, mean nothing.",
        "ja": "近くにある単語どうしは、ベクトルでも近い単語です。向きや、離れた集まりの間の距離に"
        "意味はありません。",
    },
    "map_plane": {"en": "Principal components", "ja": "主成分"},
    "map_plane_note": {
        "en": "The two directions of largest variance, which hold {share} of it. Much that is near "
        "here is far apart in the other directions.",
        "ja": "分散が最大の 2 方向（全体の {share}）です。ここで近く見えても、ほかの方向では離れて"
        "いることがあります。",
    },
    "frequent_words": {"en": "other frequent words", "ja": "そのほかの頻出語"},
    "no_vectors": {
        "en": "There are no vectors in the folder, so there is no map.",
        "ja": "フォルダーにベクトルがないため、地図はありません。",
    },
    "kind_family": {"en": "family", "ja": "家族・性別"},
    "kind_capitals": {"en": "capitals", "ja": "首都"},
    "kind_nationalities": {"en": "nationalities", "ja": "国と国籍"},
    "kind_plurals": {"en": "plurals", "ja": "複数形"},
    "kind_comparatives": {"en": "comparatives", "ja": "比較級"},
    "kind_past_tense": {"en": "past tense", "ja": "過去形"},
    "kind_adverbial_forms": {"en": "adverbial forms", "ja": "形容詞の連用形"},
    "kind_verb_forms": {"en": "verb forms", "ja": "動詞の連用形"},
    "kind_opposites": {"en": "opposites", "ja": "反対語"},
}
