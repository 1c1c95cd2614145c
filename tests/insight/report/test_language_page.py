"""The page about a language model, and the attention of a text classifier."""

import json
import math
import re

import pytest

from saiki.errors import RunFolderError
from saiki.insight import render_report


@pytest.fixture
def language_run(tmp_path, language_factory):
    return language_factory(tmp_path / "ptb-small")


def coloured(page):
    """(share of the full colour, what hovering says) of every token."""
    spans = [a for tag, a in page.tags if tag == "span" and "--s:" in a.get("style", "")]
    return [(float(a["style"].removeprefix("--s:")), a["title"]) for a in spans]


def change(path, **values):
    found = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**found, **values}), encoding="utf-8")


def test_the_headline_is_perplexity(language_run, render):
    text = render(language_run).text
    assert "Test perplexity 108.0 Validation perplexity 113.4 Test bits per byte 1.234" in text
    assert "Test loss (nats) 4.682 Vocabulary 10,002 Time 1,723 s Parameters 3,612,345" in text
    assert "Test 82,430 108.0 108.2 1.234 4.682 6.1%" in text
    assert "choose blindly among 108" in text


def test_the_page_says_how_small_the_model_is(language_run, render):
    said = "3,612,345 parameters, trained on 929,589 tokens (passes: 6)"
    assert said in render(language_run).text
    japanese = render(language_run, language="ja").text
    assert "小さなモデル" in japanese
    assert "訓練に使ったのは 929,589 トークン（6 周）" in japanese
    for term in ("パープレキシティ", "空欄補充", "未学習の行に対する驚き", "続きの生成"):
        assert term in japanese
    assert "Blanks" not in japanese


def test_a_run_without_test_part_leads_with_validation(language_run, render):
    path = language_run / "result.json"
    metrics = json.loads(path.read_text())["metrics"]
    change(path, metrics={"validation": metrics["validation"]})
    text = render(language_run).text
    assert "Validation perplexity 113.4 Validation bits per byte" in text
    assert "Test perplexity" not in text


def test_perplexity_is_drawn_over_epochs_and_over_seconds(language_run, render):
    page = render(language_run)
    by_epoch = page.traces("Perplexity per epoch")
    assert by_epoch["Training"]["y"][:2] == pytest.approx([math.exp(7), math.exp(5.5)])
    assert by_epoch["Validation"]["y"][0] == pytest.approx(math.exp(6.5))
    assert by_epoch["best epoch: 5"]["x"] == [5, 5]
    by_time = page.traces("Perplexity over training time")
    assert by_time["Validation"]["x"] == [1.5 * epoch for epoch in range(6)]
    assert by_time["Validation"]["y"] == by_epoch["Validation"]["y"]
    assert page.figures["Perplexity per epoch"]["layout"]["yaxis"]["type"] == "log"
    path = language_run / "metrics.jsonl"  # a smaller range is drawn as it is
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    kept = [row for row in rows if row["kind"] == "epoch" and row["epoch"] > 1]
    path.write_text("".join(json.dumps(row) + "\n" for row in kept))
    assert "type" not in render(language_run).figures["Perplexity per epoch"]["layout"]["yaxis"]
    assert page.traces("Loss (nats) per epoch")["Training"]["y"][0] == 7
    assert len([name for name in page.figures if "erplexity" in name]) == 2


def test_a_loss_too_large_for_exp_is_left_out(language_run, render):
    path = language_run / "metrics.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    next(row for row in rows if row["kind"] == "epoch")["train"]["loss_nats"] = 1e4
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert render(language_run).traces("Perplexity per epoch")["Training"]["x"][0] == 1


def test_every_token_is_coloured_by_its_surprise(language_run, render):
    samples = json.loads((language_run / "samples.json").read_text(encoding="utf-8"))
    rows = [row for blank in samples["cloze"] for row in blank["candidates"]] + samples["surprise"]
    full = math.log(10002)
    page = render(language_run)
    wanted = [(min(1, nats / full), nats) for row in rows for nats in row["surprises_nats"]]
    found = coloured(page)
    assert len(found) == len(wanted)
    for (share, title), (wanted_share, nats) in zip(found, wanted, strict=True):
        assert share == pytest.approx(wanted_share, abs=0.006)
        assert f"{nats:.2f} nats (p = {math.exp(-nats):.3g})" in title
    ends = [title for _, title in found if title.startswith("end of the line: ")]
    assert len(ends) == len(rows)
    assert f"0.0 {full / 2:.1f} {full:.1f} nats. Full colour: as surprised as by a" in page.text


def test_the_scale_of_a_run_without_vocabulary_is_its_largest_surprise(language_run, render):
    (language_run / "result.json").unlink()
    page = render(language_run)
    assert max(share for share, _ in coloured(page)) == 1
    assert "blind guess" not in page.text


def test_words_stand_apart_and_characters_together(language_run, render):
    html = render_report([language_run], language="en")
    assert re.search(r">stock</span> <span[^>]*>market</span> ", html)
    assert re.search(r">映</span><span[^>]*>画</span>", html)


def test_blanks_are_ranked_with_bars(language_run, render):
    samples = json.loads((language_run / "samples.json").read_text(encoding="utf-8"))
    page = render(language_run)
    for blank in samples["cloze"]:
        assert blank["text"] in page.text
        for at, row in enumerate(blank["candidates"], start=1):
            share = f"{row['probability']:.1%}"
            shown = f"{at} {row['candidate']} {share} {row['nats']:.4g}"
            assert shown[:-2] in page.text or row["probability"] < 0.001
    widths = [a["style"] for tag, a in page.tags if tag == "i" and "style" in a]
    assert widths == [
        f"width:{100 * row['probability']:.1f}%"
        for blank in samples["cloze"]
        for row in blank["candidates"]
    ]


def with_unknown(folder, counts):
    """The first blank, its candidates with so many unknown tokens each."""
    samples = json.loads((folder / "samples.json").read_text(encoding="utf-8"))
    rows = samples["cloze"][0]["candidates"]
    for row, count in zip(rows, counts, strict=True):
        row["unknown_rate"] = count / (len(row["tokens"]) - 1)
    change(folder / "samples.json", **samples)
    return [row["candidate"] for row in rows]


def test_unknown_tokens_of_a_candidate_are_marked(language_run, render):
    assert "†" not in render(language_run).text
    names = with_unknown(language_run, [0, 1, 0])
    text = render(language_run).text
    assert "† holds tokens that training never saw" in text
    assert "around the blank" not in text
    assert [f"{name} †" in text for name in names] == [False, True, False]


def test_unknown_tokens_around_the_blank_are_not_the_candidates_own(language_run, render):
    names = with_unknown(language_run, [2, 2, 2])
    text = render(language_run).text
    assert "around the blank holds unknown tokens (2)" in text
    assert "†" not in text
    with_unknown(language_run, [2, 2, 3])
    text = render(language_run).text
    assert "around the blank holds unknown tokens (2)" in text
    assert [f"{name} †" in text for name in names] == [False, False, True]


def test_a_small_probability_is_not_shown_as_none(language_run, render):
    samples = json.loads((language_run / "samples.json").read_text(encoding="utf-8"))
    _, third, second = rows = samples["cloze"][0]["candidates"]
    second["probability"], third["probability"] = 0.000234, 0.0
    change(language_run / "samples.json", **samples)
    text = render(language_run).text
    assert f"{rows[2]['candidate']} 0.023%" in text
    assert f"{rows[1]['candidate']} < 0.0001%" in text


def test_continuations_follow_their_beginnings(language_run, render):
    html = render_report([language_run], language="en")
    assert "<b>the company said it</b> will sell &lt;b&gt;shares&lt;/b&gt;\nof the unit" in html
    assert "(from nothing) </small>吾輩は猫である。" in html
    assert "(temperature 0.8, seed 3, one more for each text)" in html


def test_control_characters_are_shown(language_run):
    row = {"text": "a\tb\0", "nats": 4.0, "perplexity": 2.7, "unknown_rate": 0.0}
    row |= {"tokens": ["a", "\t", "b", "\0", ""], "surprises_nats": [1, 1, 1, 1, 1]}
    change(language_run / "samples.json", surprise=[row])
    html = render_report([language_run], language="en")
    shown = re.findall(r'<span style="--s:[^>]*>([^<]*)</span>', html)[-5:]
    assert shown == ["a", "⇥\t", "b", "␀", "∅"]


def test_a_long_text_is_cut_and_says_so(language_run, render):
    row = {"text": "a" * 700, "tokens": ["a"] * 700, "surprises_nats": [1.0] * 700}
    change(language_run / "samples.json", surprise=[row], cloze=[])
    page = render(language_run)
    assert len(coloured(page)) == 600
    assert "… (+100)" in page.text


def test_an_interrupted_run_says_what_is_missing(tmp_path, language_factory, render):
    page = render(language_factory(tmp_path / "run", finished=False, epochs=2))
    assert "no result.json" in page.text
    assert page.text.count("There is no samples.json") == 3
    assert "There are no figures of a test or validation part." in page.text
    assert page.traces("Perplexity per epoch")["Training"]["x"] == [0, 1]


def test_a_run_that_asked_for_no_samples_says_so(language_run, render):
    change(language_run / "samples.json", prompts=[], cloze=[], surprise=[])
    text = render(language_run).text
    assert "asks for no continuation (samples.prompts)" in text
    assert "holds no blank (samples.cloze)" in text
    assert "No part was held back" in text


def test_a_damaged_samples_file_is_named(language_run):
    (language_run / "samples.json").write_text("{", encoding="utf-8")
    with pytest.raises(RunFolderError, match=r"samples\.json"):
        render_report([language_run])


def test_contents_lead_somewhere_beside_other_kinds(language_run, run_folder, render):
    page = render(language_run, run_folder)
    wanted = [a["href"][1:] for tag, a in page.tags if tag == "a"]
    places = [a["id"] for _, a in page.tags if "id" in a]
    assert set(wanted) <= set(places)
    assert {"part-1-blanks", "part-2-confusion"} <= set(wanted)
    assert "part-2-attention" not in wanted


def with_attention(folder, count=40):
    path = folder / "predictions" / "test.jsonl"
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    for at, row in enumerate(rows[:count]):
        row["text"] = f"question {at} <b>"
        row["attention"] = [["question", 0.25], [str(at), 0.5], ["<b>", 0.125]]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return rows


def test_attention_is_drawn_for_the_first_right_and_the_worst_wrong(run_folder, render):
    rows = with_attention(run_folder)[:40]
    page = render(run_folder)
    right = [row for row in rows if row["label"] == row["predicted"]][:5]
    wrong = [row for row in rows if row["label"] != row["predicted"]]
    wrong = sorted(wrong, key=lambda row: -row["loss_nats"])[:5]
    assert len(wrong) == 5
    found = coloured(page)
    assert [share for share, _ in found] == [0.5, 1, 0.25] * 10
    assert found[1][1] == "weight 0.500"
    shown = page.text[page.text.index("Answered right") : page.text.index("Accuracy by conf")]
    places = [shown.index(f"{row['name']}: label {row['label']}, ans") for row in right + wrong]
    assert places == sorted(places)
    assert shown.index("Worst mistakes") < places[5]
    assert "part-1-attention" in [a.get("id") for _, a in page.tags]
    assert "注目した箇所" in render(run_folder, language="ja").text


@pytest.mark.parametrize(
    ("tokens", "shown"),
    [
        (["What", "county", "?"], "What county ? "),
        (["面白い", "映画", "です", "。"], "面白い映画です。"),
        (["W", "h", "y", " ", "n"], "Why n"),
        (list("面白い"), "面白い"),
        (["the", " cat"], "the cat"),
    ],
)
def test_words_of_an_unknown_text_stand_as_they_would(run_folder, tokens, shown):
    rows = with_attention(run_folder, 0)
    rows[0]["attention"] = [[token, 0.5] for token in tokens]
    path = run_folder / "predictions" / "test.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    html = render_report([run_folder], language="en")
    line = re.search(r'<p class="tokens weights">(.*)</p>', html)[1]
    assert re.sub(r"<[^>]*>", "", line) == shown


def test_texts_stand_beside_the_names_of_the_hardest_examples(run_folder, render):
    rows = with_attention(run_folder, 300)
    hardest = max(rows, key=lambda row: row["loss_nats"])
    assert f"{hardest['name']} {hardest['text']} {hardest['label']}" in render(run_folder).text


def test_a_grid_of_language_models_is_ranked_by_perplexity(tmp_path, grid_factory, render):
    grid = grid_factory(tmp_path / "grid", [("model.cell", ["gru", "lstm"])], seeds=(0,))
    path = grid / "compare.json"
    table = json.loads(path.read_text())
    for row, perplexity in zip(table["rows"], (90.0, 120.0), strict=True):
        figures = {"mean": perplexity, "spread": 0.0, "values": [perplexity]}
        row["metrics"] = {"test.perplexity": figures, "validation.perplexity": figures}
        row["metrics"]["validation.loss_nats"] = {**figures, "mean": math.log(perplexity)}
    path.write_text(json.dumps(table))
    text = render(grid).text
    assert "cell Test perplexity Validation perplexity Time" in text
    assert "★ 90.00" in text
    assert "★ 120.0" not in text


def test_several_labels_an_example_are_scored_one_by_one(run_folder, render):
    rows = [
        (["a", "b"], ["a"]), (["a"], ["a"]), (["b"], ["a", "b"]), ([], ["b"]), (["a"], []),
    ]  # fmt: skip
    written = [
        {
            "name": f"text {at}",
            "labels": labels,
            "predicted_labels": predicted,
            "loss_nats": 0.1 + at,
            "probabilities": {"a": 0.6, "b": 0.2},
            "attention": [["word", 1.0]],
        }
        for at, (labels, predicted) in enumerate(rows)
    ]
    path = run_folder / "predictions" / "test.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in written), encoding="utf-8")
    change(run_folder / "result.json", labels=["b", "a", "c"])
    page = render(run_folder)
    # b: one right of two guessed and of two; a: two right of three guessed, three are so.
    assert "b 0.500 0.500 0.500 2 a 0.667 0.667 0.667 3 c – – – 0" in page.text
    assert "Macro average 0.583 0.583 0.583 5" in page.text
    assert "each is decided by itself" in page.text
    assert "The predictions hold no confidence" in page.text
    assert "text 4 a – ✗ – 4.100" in page.text
    assert "text 0: label a, b, answered a" in page.text
    assert "text 1: label a, answered a" in page.text
    assert "混同行列はありません" in render(run_folder, language="ja").text
