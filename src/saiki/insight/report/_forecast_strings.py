"""The visible strings of pages about forecasts, in both languages."""

from saiki.language import Language

__all__ = ["FORECAST_STRINGS"]

FORECAST_STRINGS: dict[str, dict[Language, str]] = {
    "forecast": {"en": "Forecast", "ja": "予測"},
    "metric_mae": {"en": "MAE", "ja": "MAE（平均絶対誤差）"},
    "metric_mase": {"en": "MASE", "ja": "MASE（平均絶対スケール誤差）"},
    "metric_mse": {"en": "MSE", "ja": "MSE（平均二乗誤差）"},
    "metric_loss": {"en": "loss", "ja": "損失"},
    "metric_pinball": {"en": "pinball loss", "ja": "ピンボール損失"},
    "metric_coverage": {"en": "share inside the band", "ja": "分位点の範囲に入る割合"},
    "metric_largest_error": {"en": "largest error", "ja": "最大誤差"},
    # Against the baselines
    "against_baselines": {"en": "Against simple forecasts", "ja": "単純な予測との比較"},
    "against_note": {
        "en": "All of them forecast exactly the same windows. ★ best of its column. MASE is the "
        "MAE divided by that of the seasonal naive forecast on the training part, one season "
        "ahead: below 1 is a smaller error than that.",
        "ja": "どれもまったく同じ窓を予測しています。★ は列の最良値です。MASE は、訓練部分で"
        "季節ナイーブ予測（1 周期先）をしたときの MAE で割った値で、1 未満ならそれより小さい"
        "誤差です。",
    },
    "model_wins": {
        "en": "{metric}: the model wins with {value}, {share} below the best simple forecast "
        "({name}, {other}).",
        "ja": "{metric}：モデルの勝ちです。{value} で、単純な予測のうち最良の「{name}」（{other}）"
        "より {share} 小さい誤差です。",
    },
    "baseline_wins": {
        "en": "{metric}: the simple forecast “{name}” wins with {value}; the model has {other}. "
        "As it stands, that forecast is the better choice.",
        "ja": "{metric}：単純な予測「{name}」の勝ちです（{value}、モデルは {other}）。"
        "現状ではその予測を使うほうが良い結果になります。",
    },
    "nobody_wins": {
        "en": "{metric}: the model and the simple forecast “{name}” are equal at {value}.",
        "ja": "{metric}：モデルと単純な予測「{name}」は同じ値（{value}）です。",
    },
    "no_table": {
        "en": "There are no figures of simple forecasts to compare with.",
        "ja": "比較できる単純な予測の評価値がありません。",
    },
    "forecaster": {"en": "Forecast by", "ja": "予測方法"},
    "system_model": {"en": "the model", "ja": "モデル"},
    "system_last_value": {"en": "last value", "ja": "直前の値"},
    "system_seasonal_naive": {"en": "seasonal naive", "ja": "季節ナイーブ"},
    "system_linear": {"en": "linear", "ja": "線形"},
    # Curves
    "forecast_curves": {"en": "Forecast and truth", "ja": "予測と実測"},
    "forecast_curves_note": {
        "en": "Curves that were not trained on. Where no past is drawn, the curve is made of "
        "forecasts that follow each other, each from its own window. Click on a name in the "
        "legend to hide or show a curve.",
        "ja": "訓練に使っていない曲線です。「過去」のない曲線は、窓ごとの予測を順につないだもの"
        "です。凡例の名前をクリックすると曲線の表示を切り替えられます。",
    },
    "forecast_caption": {"en": "Past, truth and what was forecast", "ja": "過去・実測・予測"},
    "pick_curve": {"en": "Curve", "ja": "曲線"},
    "past": {"en": "past", "ja": "過去"},
    "truth": {"en": "truth", "ja": "実測"},
    "forecast_line": {"en": "forecast", "ja": "予測"},
    "band": {"en": "band of the quantiles", "ja": "分位点の範囲"},
    "time_axis": {"en": "time", "ja": "時刻"},
    "no_curves": {
        "en": "samples.json holds no curves.",
        "ja": "samples.json に曲線がありません。",
    },
    # Several runs
    "side_by_side": {"en": "Side by side", "ja": "実行どうしの比較"},
    "curve_of_runs": {"en": "{name}: every run over the truth", "ja": "{name}：各実行と実測"},
}
