"""Every visible string of the report, in both languages."""

from collections.abc import Mapping

from saiki.insight.report._forecast_strings import FORECAST_STRINGS
from saiki.insight.report._language_strings import LANGUAGE_STRINGS
from saiki.insight.report._translation_strings import TRANSLATION_STRINGS
from saiki.insight.report._word_strings import WORD_STRINGS
from saiki.language import Language

__all__ = ["STRINGS", "texts"]

STRINGS: dict[str, dict[Language, str]] = {
    **WORD_STRINGS,
    **LANGUAGE_STRINGS,
    **TRANSLATION_STRINGS,
    **FORECAST_STRINGS,
    # The page
    "page_title": {"en": "saiki report: {name}", "ja": "saiki レポート：{name}"},
    "contents": {"en": "Contents", "ja": "目次"},
    "made_with": {"en": "Made with saiki.", "ja": "saiki で作成。"},
    "needs_script": {
        "en": "The plots need JavaScript; the tables do not.",
        "ja": "図の表示には JavaScript が必要です（表は不要です）。",
    },
    "overview": {"en": "Overview", "ja": "一覧"},
    "run": {"en": "Run", "ja": "実行"},
    "grid": {"en": "Grid of runs", "ja": "比較実験"},
    "unnamed": {"en": "default settings", "ja": "既定の設定"},
    # Facts
    "recipe": {"en": "Recipe", "ja": "レシピ"},
    "task": {"en": "Task", "ja": "タスク"},
    "seed": {"en": "Seed", "ja": "シード"},
    "seeds": {"en": "Seeds", "ja": "シード数"},
    "seconds": {"en": "Time", "ja": "時間"},
    "unit_seconds": {"en": "{value} s", "ja": "{value} 秒"},
    "parameters": {"en": "Parameters", "ja": "パラメータ数"},
    "peak_memory": {"en": "Peak memory", "ja": "最大メモリ"},
    "backend": {"en": "Backend", "ja": "バックエンド"},
    "epochs": {"en": "Epochs", "ja": "エポック数"},
    "best_epoch": {"en": "Best epoch (from 0)", "ja": "最良エポック（0 起点）"},
    "stopped_because": {"en": "Stopped because", "ja": "終了理由"},
    "stopped_all_epochs": {"en": "all epochs done", "ja": "全エポックを完了"},
    "stopped_patience": {
        "en": "no better {metric} in {count} epochs",
        "ja": "{count} エポックの間 {metric}の改善なし",
    },
    "examples": {"en": "Examples", "ja": "事例数"},
    "setting": {"en": "Setting", "ja": "設定"},
    "part_train": {"en": "Training", "ja": "訓練"},
    "part_validation": {"en": "Validation", "ja": "検証"},
    "part_test": {"en": "Test", "ja": "テスト"},
    "part_metric": {"en": "{part} {metric}", "ja": "{part}{metric}"},
    "metric_accuracy": {"en": "accuracy", "ja": "正解率"},
    "metric_loss_nats": {"en": "loss (nats)", "ja": "損失（nats）"},
    "metric_top_5_accuracy": {"en": "top-5 accuracy", "ja": "5 位以内の正解率"},
    "metric_spearman": {"en": "Spearman's ρ:", "ja": "スピアマンの ρ："},
    "metric_perplexity": {"en": "perplexity", "ja": "パープレキシティ"},
    "metric_macro_f1": {"en": "macro F1", "ja": "マクロ F 値"},
    "metric_exact_match": {"en": "exact match", "ja": "完全一致率"},
    "metric_rmse": {"en": "RMSE", "ja": "RMSE（二乗平均平方根誤差）"},
    # What is missing
    "interrupted": {
        "en": "This run has no result.json: it was interrupted, or is still going on.",
        "ja": "この実行には result.json がありません。中断されたか、まだ実行中です。",
    },
    "last_recorded": {
        "en": "Last recorded: epoch {epoch}, step {step}.",
        "ja": "最後の記録：エポック {epoch}、ステップ {step}。",
    },
    "no_metrics": {
        "en": "metrics.jsonl holds no steps or epochs, so there are no curves.",
        "ja": "metrics.jsonl にステップやエポックの記録がないため、曲線はありません。",
    },
    "no_predictions": {
        "en": "There is no predictions/test.jsonl with labels and predicted classes, so this "
        "section is empty.",
        "ja": "ラベルと予測クラスを含む predictions/test.jsonl がないため、"
        "この節には内容がありません。",
    },
    "no_configuration": {"en": "There is no config.toml.", "ja": "config.toml がありません。"},
    "no_record": {"en": "There is no run.json.", "ja": "run.json がありません。"},
    "no_command": {
        "en": "run.json names no command.",
        "ja": "run.json にコマンドの記録がありません。",
    },
    "no_rows": {
        "en": "No run of this grid has a result yet.",
        "ja": "結果のある実行がありません。",
    },
    "non_finite": {
        "en": "{count} recorded values of loss or gradient norm are not finite (NaN or infinity), "
        "the first at step {step}. They are left out of the plots.",
        "ja": "損失または勾配ノルムの記録のうち {count} 個が有限値ではありません（NaN または"
        "無限大）。最初はステップ {step} です。図からは除いています。",
    },
    "non_finite_epochs": {
        "en": "{count} recorded values of the epochs are not finite (NaN or infinity), the first "
        "at epoch {epoch}. They are left out of the plots.",
        "ja": "エポックごとの記録のうち {count} 個が有限値ではありません（NaN または無限大）。"
        "最初はエポック {epoch} です。図からは除いています。",
    },
    "from_validation": {
        "en": "There are no predictions for the test part: these are for the validation part.",
        "ja": "テスト部分の予測がないため、検証部分の予測を示しています。",
    },
    # Curves
    "learning_curves": {"en": "Learning curves", "ja": "学習曲線"},
    "per_epoch": {"en": "{metric} per epoch", "ja": "エポックごとの{metric}"},
    "epoch": {"en": "epoch", "ja": "エポック"},
    "step": {"en": "step", "ja": "ステップ"},
    "best_epoch_mark": {"en": "best epoch: {epoch}", "ja": "最良エポック：{epoch}"},
    "steps": {"en": "Gradient norm and learning rate", "ja": "勾配ノルムと学習率"},
    "gradient_norm": {
        "en": "Gradient norm before clipping (log scale)",
        "ja": "クリッピング前の勾配ノルム（対数目盛）",
    },
    "gradient_norm_axis": {"en": "gradient norm", "ja": "勾配ノルム"},
    "clip_threshold": {"en": "clipping threshold {value}", "ja": "クリッピングのしきい値 {value}"},
    "clipped_steps": {
        "en": "The norm was above the threshold in {count} of {total} steps ({share}).",
        "ja": "{total} ステップ中 {count} ステップ（{share}）でしきい値を超えました。",
    },
    "learning_rate": {"en": "Learning rate", "ja": "学習率"},
    "step_loss": {"en": "Training loss per step (nats)", "ja": "ステップごとの訓練損失（nats）"},
    "step_loss_plain": {"en": "Training loss per step", "ja": "ステップごとの訓練損失"},
    "thinned_max": {
        "en": "Each point is the largest of {count} steps.",
        "ja": "各点は {count} ステップの最大値です。",
    },
    "thinned_mean": {
        "en": "Each point is the mean of {count} steps.",
        "ja": "各点は {count} ステップの平均です。",
    },
    # Predictions
    "confusion": {"en": "Confusion matrix", "ja": "混同行列"},
    "confusion_caption": {"en": "True and predicted classes", "ja": "正解クラスと予測クラス"},
    "confusion_note": {
        "en": "Rows are the true classes, columns the predicted ones. Numbers are counts; colour "
        "is the share of the row.",
        "ja": "行が正解のクラス、列が予測のクラスです。数字は件数、色は行の中での割合です。",
    },
    "confusion_cut": {
        "en": "Only the {shown} of {total} classes with the most errors are shown.",
        "ja": "全 {total} クラスのうち、誤りの多い {shown} クラスだけを示しています。",
    },
    "true_class": {"en": "true class", "ja": "正解クラス"},
    "predicted_class": {"en": "predicted class", "ja": "予測クラス"},
    "share": {"en": "share of the row", "ja": "行内の割合"},
    "count": {"en": "Count", "ja": "件数"},
    "confused_pairs": {"en": "Most confused pairs", "ja": "混同の多い組"},
    "no_errors": {"en": "No example was misclassified.", "ja": "誤分類はありません。"},
    "of_class": {"en": "Share of the class", "ja": "クラス内の割合"},
    "per_class": {"en": "Scores per class", "ja": "クラス別の評価"},
    "class": {"en": "Class", "ja": "クラス"},
    "precision": {"en": "Precision", "ja": "適合率"},
    "recall": {"en": "Recall", "ja": "再現率"},
    "f1": {"en": "F1", "ja": "F 値"},
    "support": {"en": "Support", "ja": "事例数"},
    "macro": {"en": "Macro average", "ja": "マクロ平均"},
    "never_predicted": {
        "en": "– means undefined: the class was never predicted, or has no example. The macro "
        "average is over the classes that have examples and counts an undefined score as 0.",
        "ja": "「–」は未定義（一度も予測されなかった、または事例がない）を表します。マクロ平均は"
        "事例のあるクラスについて取り、未定義の値は 0 とします。",
    },
    "hardest": {"en": "Hardest examples", "ja": "最も難しい事例"},
    "hardest_note": {
        "en": "The {count} examples with the largest loss. Look at them first: some may be "
        "mislabelled or unreadable, the others show what the model has not learned.",
        "ja": "損失が大きい順に {count} 件。まずここを確認してください。ラベルの誤りや品質の悪い"
        "データのほか、モデルがまだ学習できていないものが分かります。",
    },
    "name": {"en": "Name", "ja": "名前"},
    "label": {"en": "Label", "ja": "ラベル"},
    "predicted": {"en": "Predicted", "ja": "予測"},
    "confidence": {"en": "Confidence", "ja": "確信度"},
    "loss": {"en": "Loss (nats)", "ja": "損失（nats）"},
    "top_three": {"en": "Three most probable classes", "ja": "確率の高い 3 クラス"},
    "calibration": {"en": "Calibration", "ja": "較正"},
    "calibration_note": {
        "en": "How often the model is right, by how sure it is. On the diagonal, confidence can be "
        "taken at its word; below it, the model is too sure. Expected calibration error: {error} "
        "(10 bins, {count} examples).",
        "ja": "確信度ごとの正解率です。対角線上なら確信度をそのまま信頼でき、下にあれば自信過剰"
        "です。期待較正誤差（ECE）：{error}（10 区間、{count} 件）。",
    },
    "reliability": {"en": "Accuracy by confidence", "ja": "確信度と正解率の関係"},
    "perfect_calibration": {"en": "perfect calibration", "ja": "完全な較正"},
    "this_model": {"en": "this model", "ja": "このモデル"},
    "accuracy_axis": {"en": "accuracy", "ja": "正解率"},
    "confidence_axis": {"en": "confidence", "ja": "確信度"},
    # Configuration and machine
    "configuration": {"en": "Configuration", "ja": "設定内容"},
    "machine": {"en": "Machine and versions", "ja": "マシンとバージョン"},
    "more_entries": {"en": "{count} more in run.json", "ja": "ほか {count} 件は run.json を参照"},
    "other_facts": {"en": "Data and code", "ja": "データとコード"},
    "reproduce": {"en": "How to reproduce", "ja": "再現方法"},
    "reproduce_note": {
        "en": "The command that made this run:",
        "ja": "この実行に使ったコマンド：",
    },
    # Grids
    "compare_table": {"en": "Compare table", "ja": "比較表"},
    "marks_note": {
        "en": "★ best of its column; ≈ differs from the best by no more than the larger of the two "
        "spreads.",
        "ja": "★ は列の最良値、≈ は最良値との差が両者のばらつきの大きいほうを超えないことを"
        "示します。",
    },
    "groups": {"en": "Leave one group out", "ja": "グループ抜き交差検証"},
    "groups_note": {
        "en": "Every test is on a group that the model never saw. Mean ± spread over the groups "
        "(sample standard deviation); a group counts once, whatever its number of seeds.",
        "ja": "どのテストも、訓練に使わなかったグループで行っています。平均 ± ばらつき（標本標準"
        "偏差）はグループ間のもので、シードの数によらず各グループを 1 回と数えます。",
    },
    "each_group": {"en": "Each group", "ja": "グループ別の結果"},
    "seeds_note": {
        "en": "Mean ± spread over the seeds (sample standard deviation).",
        "ja": "シード間の平均 ± ばらつき（標本標準偏差）。",
    },
    "all_groups": {"en": "all groups", "ja": "全グループ"},
    "group_count": {"en": "Groups", "ja": "グループ数"},
    "mean_of_groups": {"en": "Mean of the groups", "ja": "グループ平均"},
    "every_seed": {"en": "Every seed", "ja": "シードごとの値"},
    "every_seed_note": {
        "en": "Each dot is one run; the vertical tick is the mean of its row.",
        "ja": "点は 1 回の実行、縦棒は行の平均です。",
    },
    "one_run": {"en": "one run", "ja": "1 回の実行"},
    "mean": {"en": "mean", "ja": "平均"},
    "all_curves_note": {
        "en": "Thick lines are means over the seeds, for as long as every seed ran; thin lines are "
        "single runs.",
        "ja": "太線はシード間の平均（全シードの記録がある範囲）、細線は個々の実行です。",
    },
    "skipped": {"en": "Skipped settings", "ja": "実行しなかった設定"},
    "reason": {"en": "Reason", "ja": "理由"},
    "reference": {"en": "What the documents saw", "ja": "文献の値との比較"},
    "ours": {"en": "This grid", "ja": "今回の結果"},
    "best_setting": {"en": "In detail: {name}", "ja": "詳細：{name}"},
    "best_setting_note": {
        "en": "The setting with the best {metric}, its seeds taken together.",
        "ja": "{metric}が最良の設定。全シードの予測をまとめています。",
    },
    "pooled_groups_note": {
        "en": "All held-out groups and seeds taken together: each example was predicted by models "
        "that never saw its group.",
        "ja": "すべてのグループとシードの予測をまとめています。どの事例も、そのグループを訓練に"
        "使っていないモデルで予測しています。",
    },
    # Facts about the machine
    "fact_processor": {"en": "Processor", "ja": "プロセッサ"},
    "fact_cores": {"en": "Cores", "ja": "コア数"},
    "fact_memory_bytes": {"en": "Memory", "ja": "メモリ"},
    "fact_system": {"en": "System", "ja": "システム"},
    "fact_accelerator": {"en": "Accelerator", "ja": "アクセラレータ"},
    "fact_commit": {"en": "Commit", "ja": "コミット"},
    "fact_has_changes": {"en": "Uncommitted changes", "ja": "未コミットの変更"},
    "yes": {"en": "yes", "ja": "あり"},
    "no": {"en": "no", "ja": "なし"},
}


def texts(language: Language) -> Mapping[str, str]:
    """Every string in one language."""
    return {key: both[language] for key, both in STRINGS.items()}
