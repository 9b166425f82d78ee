"""C11, C12, C15, C17, C25: whether the answer can be had without reading a recording."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seismomag.audit import proxies
from seismomag.audit.leaks.absence import Absence, absences
from seismomag.audit.leaks.case import METADATA_COLUMNS, TIME_COLUMNS, LeakCase
from seismomag.audit.leaks.finding import AMBER, GREEN, NOT_RUN, RED, Finding, amber, not_run
from seismomag.audit.proxies import Area, Floats, area

TOLERATED_AUC = 0.60
RED_AUC = 0.70
ARTEFACT_RED_AUC = 0.65
MISSING_DIFFERENCE = 0.02
ADVERSARIAL_BLOCK_DAYS = 30
FEW_FOLDS, FEW_ROUNDS = 3, 40
"""Enough to tell whether something can be told apart at all."""
FILE_COLUMNS = ("template", "folder", "size_bytes", "modified_s", "compression", "dtype")
MASK_COLUMNS = ("coverage", "tile_length")


def metadata_model(case: LeakCase) -> Finding:
    """C11: boosted trees that know station, date, Kp, Dst and files, and read no recording.

    Trained on the training rows and scored on the last split; and by date-grouped cross-validation
    over all labelled rows, the date itself left out. Where the catalogue explains the labels,
    only the excess over the base rate of each station counts.
    """
    rows = case.known
    event = rows["is_target"].to_numpy()
    columns = metadata_columns(case)
    if not set(columns) - set(TIME_COLUMNS):
        return not_run("no column of metadata that varies")
    said, tables, severity = [], [], GREEN
    if len(case.split_names) > 1:
        scored = _train_to_test(case, columns)
        if scored is not None:
            severity, sentence = scored
            said.append(sentence)
    if not case.is_rebuilt:
        score = out_of_fold_score(case)
        told = area(score, event, case.units_of(rows), case.seed)
        severity = max(severity, _grade(told, RED_AUC), key=_RANK.__getitem__)
        said.append(f"date-grouped cross-validation without the date: AUC {told}")
        tables.append(pd.DataFrame({"row_id": rows["row_id"], "score": score}))
        said += _weather_alone(case)
    if not said:
        return not_run("the last split holds one class only, or no training rows are labelled")
    sentence = f"a model of {', '.join(columns)} alone; " + "; ".join(said)
    n = int(severity != GREEN)
    return Finding(
        severity, len(rows), n, sentence, pd.concat(tables) if tables else pd.DataFrame()
    )


def out_of_fold_score(case: LeakCase) -> Floats:
    """What metadata without the date say of each known row, days of its fold unseen."""
    rows = case.known
    columns = [c for c in metadata_columns(case) if c not in TIME_COLUMNS]
    fold = _folds(case, rows)
    matrix = proxies.to_matrix(_with_time(case, rows), columns)
    return proxies.out_of_fold(matrix, rows["is_target"].to_numpy(), fold, case.seed)


def metadata_columns(case: LeakCase) -> list[str]:
    """Columns of metadata that the case has."""
    times = list(TIME_COLUMNS) if case.has("date") else []
    return [c for c in METADATA_COLUMNS if c in case.known and _varies(case.known[c])] + times


def single_columns(case: LeakCase) -> Finding:
    """C12: each column of metadata alone.

    Rates by value are learnt on other days (folds of dates). Where the catalogue explains the
    labels, rows are compared within their own station.
    """
    rows = _with_time(case, case.known)
    event, unit = rows["is_target"].to_numpy(), case.units_of(rows)
    fold = _folds(case, rows)
    within = case.is_rebuilt
    lines = []
    for column in metadata_columns(case):
        if column in TIME_COLUMNS or (within and column == "station_code"):
            continue
        score = _rates(rows[column], event, fold)
        if within:
            score = proxies.rank_within(score, rows["station_code"].to_numpy(dtype=object))
        lines.append((column, *area(score, event, unit, case.seed)))
    if not lines:
        return not_run("no column of metadata that varies")
    table = pd.DataFrame(lines, columns=["column", "auc", "low", "high"])
    strong = table[(table["auc"] > TOLERATED_AUC) & (table["low"] > 0.5)]
    said = ", ".join(f"{c} {a:.3f}" for c, a in zip(table["column"], table["auc"], strict=True))
    where = "within stations" if within else "on days not learnt from"
    return amber(len(rows), len(strong), f"AUC of each column alone, {where}: {said}", table)


def class_dependent_gaps(case: LeakCase) -> Finding:
    """C15: what is missing, or how much, differs between event and quiet rows.

    Within the rows, and in the rows and forecasts that do not exist at all.
    """
    inside, outside = _gaps_in_rows(case), [_of_absence(case, one) for one in absences(case)]
    ran = [one for one in (inside, *outside) if one.severity != NOT_RUN]
    if not ran:
        return inside
    severity = max((one.severity for one in ran), key=_RANK.__getitem__)
    said = "; ".join(one.sentence for one in ran)
    n = max(one.n_inspected for one in ran)
    return Finding(severity, n, int(severity != GREEN), said)


def _of_absence(case: LeakCase, one: Absence) -> Finding:
    severity = _grade(one.told, ARTEFACT_RED_AUC)
    if severity == GREEN and abs(one.difference) >= MISSING_DIFFERENCE and one.told.low > 0.5:
        severity = AMBER
    said = f"{one.n:,} {one.name} do not exist, event less quiet {one.difference:+.3f}"
    said += f", existence alone has AUC {one.told}"
    return Finding(severity, len(case.rows), int(severity != GREEN), said)


def _gaps_in_rows(case: LeakCase) -> Finding:
    rows = case.known
    event = rows["is_target"].to_numpy()
    gaps = {f"{c} missing": rows[c].isna().to_numpy() for c in METADATA_COLUMNS if c in rows}
    differences = {
        n: float(g[event].mean() - g[~event].mean())
        for n, g in gaps.items()
        if g.any() and not g.all()
    }
    masks = [c for c in MASK_COLUMNS if case.has(c) and _varies(rows[c])]
    if not differences and not masks:
        return not_run("nothing is missing and there is no coverage, gap pattern or tile length")
    told = _score_of_columns(case, masks, list(gaps))
    wide = [name for name, d in differences.items() if abs(d) >= MISSING_DIFFERENCE]
    severity = RED if told.value > ARTEFACT_RED_AUC and told.low > 0.5 else GREEN
    leaning = told.value > TOLERATED_AUC or bool(wide)
    if severity == GREEN and leaning and told.low > 0.5:
        severity = AMBER
    listed = ", ".join(f"{name} {d:+.3f}" for name, d in differences.items()) or "none"
    said = (
        f"a model that sees only what is missing and how much: AUC {told}; "
        f"difference between event and quiet rows: {listed}"
    )
    return Finding(severity, len(rows), int(severity != GREEN), said)


def file_artefacts(case: LeakCase) -> Finding:
    """C17: name template, size, time, folder or compression of the files tell the class."""
    rows = case.known
    columns = [c for c in FILE_COLUMNS if case.has(c) and _varies(rows[c])]
    if not columns:
        return not_run("no names, sizes, times or folders of files that vary")
    told = {c: _score_of_columns(case, [c], []) for c in columns}
    worst = max(told, key=lambda c: told[c].value)
    best = told[worst]
    severity = _grade(best, ARTEFACT_RED_AUC, tolerated=0.55)
    said = ", ".join(f"{c} {a}" for c, a in told.items())
    train = rows[rows["split"] == "train"]
    if len(case.split_names) > 1 and set(train["is_target"]) == {True, False}:
        mine = _rates(train[worst], train["is_target"].to_numpy(), _folds(case, train))
        value = area(mine, train["is_target"].to_numpy(), case.units_of(train), case.seed)
        said += f"; training rows alone, {worst} {value}"
    table = _crosstab(rows, "template") if case.has("template") else pd.DataFrame()
    one_class = int(((table[["event", "quiet"]] == 0).any(axis=1)).sum()) if len(table) else 0
    n = int(severity != GREEN)
    sentence = f"AUC of the files alone, on days not learnt from: {said}"
    if one_class:
        sentence += f"; {one_class} of {len(table)} name templates hold one class only"
    return Finding(severity, len(rows), n, sentence, table)


def adversarial(case: LeakCase) -> Finding:
    """C25: rows of one class tell whether they belong to training or to the last split."""
    rows = case.known[case.known["split"].isin(("train", case.held_out))]
    columns = [c for c in METADATA_COLUMNS if c in rows and _varies(rows[c])]
    matrix = proxies.to_matrix(rows, columns)
    if case.features is not None:
        matrix = np.concatenate([matrix, case.features[rows.index.to_numpy()]], axis=1)
    if not matrix.shape[1]:
        return not_run("no column without time that varies")
    lines = []
    for name, is_event in (("event", True), ("quiet", False)):
        mine = rows["is_target"].to_numpy() == is_event
        late = (rows["split"] == case.held_out).to_numpy()[mine]
        if min(late.sum(), (~late).sum()) < 2 * proxies.N_FOLDS:
            continue
        day = case.day_of(rows[mine]).to_numpy().astype("datetime64[D]").astype(np.int64)
        fold = proxies.grouped_folds((day // ADVERSARIAL_BLOCK_DAYS).astype(object), FEW_FOLDS)
        score = proxies.out_of_fold(matrix[mine], late, fold, case.seed, FEW_ROUNDS)
        lines.append((name, *area(score, late, case.units_of(rows[mine]), case.seed)))
    if not lines:
        return not_run("fewer than ten rows of one class in training or in the last split")
    table = pd.DataFrame(lines, columns=["class", "auc", "low", "high"])
    found = int(((table["auc"] > TOLERATED_AUC) & (table["low"] > 0.5)).sum())
    said = ", ".join(f"{c} rows {Area(a, lo, hi)}" for c, a, lo, hi in lines)
    sentence = f"AUC of telling training from {case.held_out} without the date: {said}"
    return amber(len(rows), found, sentence, table)


_RANK: Mapping[str, int] = {GREEN: 0, AMBER: 1, RED: 2}


def _grade(told: Area, red: float, tolerated: float = TOLERATED_AUC) -> str:
    # An interval that reaches a half shows no skill, however wide it is.
    if not told.low > 0.5:
        return GREEN
    if told.value > red:
        return RED
    return AMBER if told.high > tolerated else GREEN


def _train_to_test(case: LeakCase, columns: list[str]) -> tuple[str, str] | None:
    rows = _with_time(case, case.known)
    is_train = (rows["split"] == "train").to_numpy()
    is_test = (rows["split"] == case.held_out).to_numpy()
    event = rows["is_target"].to_numpy()
    if not is_train.any() or event[is_test].all() or not event[is_test].any():
        return None
    matrix = proxies.to_matrix(rows, columns)
    score = proxies.boosted(
        matrix[is_train], event[is_train], matrix[is_test], case.seed, FEW_ROUNDS
    )
    unit = case.units_of(rows[is_test])
    told = area(score, event[is_test], unit, case.seed)
    said = f"trained on train, scored on {case.held_out}: AUC {told}"
    if not case.is_rebuilt:
        return _grade(told, RED_AUC), said
    station = rows["station_code"]
    usual = proxies.rate_by_value(station[is_train], event[is_train], station[is_test])
    base = area(usual, event[is_test], unit, case.seed)
    # A base rate below a half predicts the wrong way round; a model cannot owe that to it.
    excess = Area(*(0.5 + value - max(base.value, 0.5) for value in told))
    return _grade(
        excess, RED_AUC
    ), f"{said}, of which the station's base rate gives {base.value:.3f}"


def _weather_alone(case: LeakCase) -> list[str]:
    """Kp and Dst alone, on days not learnt from: the label rule may know them, the Earth not."""
    rows, name = case.known[case.known["split"] == "train"], "training"
    if rows["is_target"].nunique() < 2:
        rows, name = case.known, "all"
    columns = [c for c in ("kp_max", "dst_min_nt") if case.has(c)]
    if not columns:
        return []
    event = rows["is_target"].to_numpy()
    fold = _folds(case, rows)
    score = proxies.out_of_fold(proxies.to_matrix(rows, columns), event, fold, case.seed)
    told = area(score, event, case.units_of(rows), case.seed)
    return [f"Kp and Dst alone, {name} rows: AUC {told}"]


def _score_of_columns(case: LeakCase, columns: list[str], gaps: list[str]) -> Area:
    """AUC of rates by value, the values of several columns taken together, and of gaps."""
    rows = case.known
    event = rows["is_target"].to_numpy()
    fold = _folds(case, rows)
    scores = [_rates(rows[c], event, fold) for c in columns]
    missing = [c.removesuffix(" missing") for c in gaps]
    if missing and rows[missing].isna().to_numpy().any():
        pattern = rows[missing].isna().astype(int).astype(str).agg("".join, axis=1)
        scores.append(_rates(pattern, event, fold))
    score = np.mean(scores, axis=0) if scores else np.zeros(len(rows))
    if case.is_rebuilt:
        score = proxies.rank_within(score, rows["station_code"].to_numpy(dtype=object))
    return area(score, event, case.units_of(rows), case.seed)


def _rates(values: pd.Series, event: NDArray[np.bool_], fold: NDArray[np.int64]) -> Floats:
    score = np.full(event.size, np.nan)
    for k in np.unique(fold):
        mine = fold == k
        score[mine] = proxies.rate_by_value(values[~mine], event[~mine], values[mine])
    return score


def _folds(case: LeakCase, rows: pd.DataFrame) -> NDArray[np.int64]:
    return proxies.grouped_folds(_days(case, rows))


def _days(case: LeakCase, rows: pd.DataFrame) -> NDArray[np.object_]:
    """Group of each row for folds: its date; rows without one are groups of their own."""
    day = case.day_of(rows).dt.strftime("%Y%m%d").to_numpy(dtype=object)
    return np.where(pd.isna(day), rows["row_id"].to_numpy(dtype=object), day)


def _with_time(case: LeakCase, rows: pd.DataFrame) -> pd.DataFrame:
    day = case.day_of(rows)
    return rows.assign(year=day.dt.year, day_of_year=day.dt.day_of_year)


def _crosstab(rows: pd.DataFrame, column: str) -> pd.DataFrame:
    event = rows["is_target"]
    grouped = event.groupby(rows[column].fillna(""))
    table = pd.DataFrame({"event": grouped.sum(), "quiet": grouped.size() - grouped.sum()})
    return table.rename_axis(column).reset_index()


def _varies(values: pd.Series) -> bool:
    return len(values.dropna().unique()) > 1
