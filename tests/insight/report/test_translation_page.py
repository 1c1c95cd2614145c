"""The page about a translator: scores, alignment maps, samples, quality by length."""

import json
import math

import pytest

from saiki.insight.report._comparisons import comparisons
from saiki.insight.report._reading import read_run
from saiki.insight.report._strings import texts
from saiki.insight.report._translation_view import translation_view

HEADS = tuple(f"layer {layer} head {head}" for layer in (1, 2) for head in (1, 2, 3))


@pytest.fixture
def translation_run(tmp_path, translation_factory):
    return translation_factory(tmp_path / "ja-en")


@pytest.fixture
def many_heads(tmp_path, translation_factory):
    return translation_factory(tmp_path / "ja-en-transformer", heads=HEADS)


def samples_of(folder):
    return json.loads((folder / "samples.json").read_text(encoding="utf-8"))


def change(path, **values):
    found = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**found, **values}), encoding="utf-8")


def maps_of(page):
    return page.figures["Attention to the source"]["choices"]


def test_the_headline_and_the_table_hold_the_scores_of_the_field(translation_run, render):
    text = render(translation_run).text
    assert "Test BLEU 35.43 Test chrF 58.25 Test exact match 0.247 Validation BLEU 36.12" in text
    assert "Vocabulary 7,012 → 6,503" in text
    assert "Sentences BLEU chrF Exact match Perplexity Loss (nats) Test 501 35.43 58.25" in text
    assert "Validation 500 36.12 58.25 0.247 4.624 1.531" in text
    assert "Scored with" not in text
    change(translation_run / "result.json", bleu_signature="nrefs:1|tok:none")
    assert "Scored with nrefs:1|tok:none." in render(translation_run).text


def test_groups_stand_under_the_scores(translation_run, render):
    text = render(translation_run).text
    assert "Scores per group (Test) Group Sentences BLEU Exact match" in text
    assert "plain 1,500 99.50 0.997 mixed <script> 500 97.25 0.980" in text
    change(translation_run / "result.json", groups={})
    assert "Scores per group" not in render(translation_run).text


def test_a_map_has_written_tokens_as_rows_and_source_tokens_as_columns(translation_run, render):
    choices = maps_of(render(translation_run))
    samples = samples_of(translation_run)["samples"]
    assert len(choices) == len(samples)
    for views, sample in zip(choices, samples, strict=True):
        (shown,) = views.values()
        (heat,) = shown["data"]
        wanted = sample["maps"]["attention"]
        for row, expected in zip(heat["z"], wanted, strict=True):
            assert row == pytest.approx(expected, abs=0.0005)
        assert (heat["zmin"], heat["zmax"]) == (0, 1)
        x, y = shown["layout"]["xaxis"], shown["layout"]["yaxis"]
        assert x["tickvals"] == list(range(len(sample["source_tokens"])))
        ends = [y["ticktext"][-1], *y["range"]]
        assert ends == ["⏎", len(wanted) - 0.5, -0.5]  # read from above
        assert y["scaleanchor"] == "x"
    first = choices[0]["attention"]["layout"]
    assert first["xaxis"]["ticktext"][:4] == ["彼", "は", "昨日", "&lt;b&gt;学校&lt;/b&gt;"]
    assert first["yaxis"]["ticktext"][3] == "&lt;b&gt;school&lt;/b&gt;"


def test_many_heads_are_picked_from(many_heads, render):
    page = render(many_heads)
    names = ["mean of all heads", "all heads side by side"]
    names += [f"layer {layer}, head {head}" for layer in (1, 2) for head in (1, 2, 3)]
    for views, sample in zip(maps_of(page), samples_of(many_heads)["samples"], strict=True):
        assert list(views) == names
        tables = list(sample["maps"].values())
        mean = sum(table[1][2] for table in tables) / len(tables)
        assert views["mean of all heads"]["data"][0]["z"][1][2] == pytest.approx(mean, abs=0.001)
        own = views["layer 2, head 1"]["data"][0]["z"]
        assert own[1] == pytest.approx(sample["maps"]["layer 2 head 1"][1], abs=0.0005)
    options = [a["value"] for tag, a in page.tags if tag == "option"]
    assert options == ["0", "1", "2", *names]
    japanese = render(many_heads, language="ja").figures["原文への注意"]["choices"][0]
    assert "第 2 層 ヘッド 3" in japanese
    assert "全ヘッドの平均" in japanese


def test_heads_side_by_side_are_a_row_a_layer(many_heads, render):
    shown = maps_of(render(many_heads))[0]["all heads side by side"]
    assert len(shown["data"]) == len(HEADS)
    layout = shown["layout"]
    tops = [layout["yaxis" + (str(at) if at > 1 else "")]["domain"][1] for at in range(1, 7)]
    lefts = [layout["xaxis" + (str(at) if at > 1 else "")]["domain"][0] for at in range(1, 7)]
    assert tops[:3] == [tops[0]] * 3
    assert tops[3:] == [tops[3]] * 3
    assert tops[0] > tops[3]
    assert lefts == lefts[:3] * 2
    assert sorted(lefts[:3]) == lefts[:3]
    assert [trace["yaxis"] for trace in shown["data"]] == ["y", "y2", "y3", "y4", "y5", "y6"]
    titles = [each["text"] for each in layout["annotations"]]
    assert titles[4] == "layer 2, head 2"


def test_maps_of_other_names_are_nearly_a_square(many_heads, render):
    samples = samples_of(many_heads)["samples"][:1]
    (table,) = {json.dumps(one) for one in list(samples[0]["maps"].values())[:1]}
    samples[0]["maps"] = {f"expert {at}": json.loads(table) for at in range(5)}
    change(many_heads / "samples.json", samples=samples)
    (views,) = maps_of(render(many_heads))
    layout = views["all heads side by side"]["layout"]
    assert layout["xaxis3"]["domain"][1] > 0.9  # three columns
    assert layout["yaxis4"]["domain"][1] < 0.5 < layout["yaxis3"]["domain"][1]
    assert "expert 4" in views


def test_a_sentence_alone_needs_nothing_to_pick(translation_run, render):
    samples = samples_of(translation_run)["samples"]
    change(translation_run / "samples.json", samples=samples[:1])
    hidden = [tag for tag, a in render(translation_run).tags if "hidden" in a]
    assert hidden.count("label") == 2
    assert "p" in hidden


def test_an_end_beyond_the_tokens_of_either_side_is_drawn(translation_run, render):
    sample = samples_of(translation_run)["samples"][1]
    sample["target_tokens"].pop()
    sample["source_tokens"].pop()
    change(translation_run / "samples.json", samples=[sample])
    layout = maps_of(render(translation_run))[0]["attention"]["layout"]
    assert layout["xaxis"]["ticktext"][-1] == layout["yaxis"]["ticktext"][-1] == "⏎"


@pytest.mark.parametrize(
    "maps",
    [
        {},
        None,
        {"attention": [[0.5, 0.5]]},
        {"attention": [[0.125] * 8] * 12},
        {"attention": [[0.125] * 12] * 7},
        {"attention": "damaged"},
        {"attention": [[]]},
    ],
)
def test_without_attention_that_fits_there_is_no_map(translation_run, render, maps):
    samples = samples_of(translation_run)["samples"]
    change(translation_run / "samples.json", samples=[row | {"maps": maps} for row in samples])
    page = render(translation_run)
    assert "This model has no attention" in page.text
    assert "Attention to the source" not in page.figures


def test_translations_stand_beside_source_and_reference(translation_run, render):
    samples = samples_of(translation_run)["samples"]
    samples[0]["unknown"] = ["学校"]
    page = render(translation_run)
    change(translation_run / "samples.json", samples=samples)
    known = render(translation_run).text
    nats = [f"{-sample['log_probability']:.2f}" for sample in samples]
    assert f"yesterday . {nats[0]} 私は猫が好きです。 i like cats . ✓ i like cats ." in page.text
    assert "✓ 電車" not in page.text
    assert "unknown: 学校" in known
    assert "unknown: 学校" not in page.text


def test_what_the_beam_kept_stands_below(translation_run, render):
    samples = samples_of(translation_run)["samples"]
    outputs = [samples[0]["output"], "he went .", "he goes ."]
    samples[0]["n_best"] = [
        {"output": output, "log_probability": -1.5 - at, "score": -1.0 - at}
        for at, output in enumerate(outputs)
    ]
    change(translation_run / "samples.json", samples=samples)
    assert "yesterday . he went . (2.50) he goes . (3.50)" in render(translation_run).text


def test_quality_by_length_is_a_line_and_a_table(translation_run, render):
    page = render(translation_run)
    (line,) = page.figures["BLEU by length of the source"]["data"]
    assert line["y"] == [41.2, 36.5, 30.25, 22.0]
    assert line["x"] == [0, 1, 2, 3]
    ticks = page.figures["BLEU by length of the source"]["layout"]["xaxis"]["ticktext"]
    assert ticks[0] == "1–5<br>sentences: 120"
    assert ticks[3] == "16 and more<br>sentences: 6"
    assert "6–10 310 36.50" in page.text
    change(translation_run / "samples.json", by_length=[{"from": 3, "to": 3, "count": 2}])
    assert "samples.json holds no scores by length." in render(translation_run).text


def test_several_runs_share_one_plot_of_quality_by_length(tmp_path, translation_factory, render):
    with_attention = translation_factory(tmp_path / "attention")
    without = translation_factory(tmp_path / "none")
    bins = [{"from": 1, "to": 5, "count": 120, "bleu": 38.0}]
    bins += [{"from": 16, "to": None, "count": 6, "bleu": 8.5}]
    change(without / "samples.json", by_length=bins)
    page = render(with_attention, without)
    assert "Side by side" in page.text
    assert "Side by side" not in render(with_attention).text
    views = [translation_view(read_run(run), texts("en")) for run in (with_attention, without)]
    (figure,) = comparisons(views, texts("en"))
    assert [(line["name"], line["x"]) for line in figure.data] == [
        ("attention", [0, 1, 2, 3]),
        ("none", [0, 3]),
    ]
    assert figure.layout["showlegend"]
    assert comparisons(views[:1], texts("en")) == []


def test_an_interrupted_run_says_what_is_missing(tmp_path, translation_factory, render):
    page = render(translation_factory(tmp_path / "run", finished=False, epochs=2))
    assert "no result.json" in page.text
    assert page.text.count("There is no samples.json") == 3
    assert "There are no figures of a test or validation part." in page.text


def test_samples_without_rows_are_told(translation_run, render):
    change(translation_run / "samples.json", samples=[], by_length=None)
    text = render(translation_run).text
    assert "samples.json holds no translation." in text
    assert "samples.json holds no scores by length." in text


def test_contents_lead_somewhere(translation_run, many_heads, render):
    page = render(translation_run, many_heads)
    wanted = [a["href"][1:] for tag, a in page.tags if tag == "a"]
    assert set(wanted) <= {a["id"] for _, a in page.tags if "id" in a}
    assert {"part-1-alignment", "part-2-lengths"} <= set(wanted)


def test_the_page_speaks_japanese(many_heads, render):
    text = render(many_heads, language="ja").text
    for term in (
        "アライメント（対応）の図",
        "翻訳例",
        "原文の長さと品質",
        "グループ別の評価",
        "16 以上",
    ):
        assert term in text
    for term in ("Alignment", "Translations", "Sentences"):
        assert term not in text


def test_a_weight_that_is_no_number_is_none(translation_run, render):
    sample = samples_of(translation_run)["samples"][1]
    sample["maps"]["attention"][0][0] = math.nan
    change(translation_run / "samples.json", samples=[sample])
    assert maps_of(render(translation_run))[0]["attention"]["data"][0]["z"][0][0] == 0
