"""Expected figures of the analyses, made once by peers: `python analyses_figures.py DATA_FOLDER`.

Needs retentioneering (the figures kept beside this file were made with 5.2.4) for transitions and its own funnel, and duckdb
(2.0.1) for a funnel with a window, weekly retention and weekly lifecycle, each in plain SQL written from the definitions.
Writes `<log>/expected-<analysis>.json` beside itself. Rows are ordered by case, time and place in the file before anything is counted, and
exact duplicates of a row count once.
"""

import json
import os
import pathlib
import sys

os.environ["RETENTIONEERING_NO_TRACK"] = "1"

import duckdb
import pandas
import retentioneering

HERE = pathlib.Path(__file__).parent
LOGS = {
    "ecom": {
        "log": "ecom-clickstream/ecom.csv.gz",
        "columns": ["user_id", "event", "timestamp"],
        "steps": ["catalog", "cart", "purchase"],
    },
    "receipt": {
        "log": "pm4py-small-logs/receipt.csv",
        "columns": ["case:concept:name", "concept:name", "time:timestamp"],
        "steps": [
            "Confirmation of receipt",
            "T02 Check confirmation of receipt",
            "T10 Determine necessity to stop indication",
        ],
    },
}
WINDOW_SECS = 14 * 86_400


def read(log, data):
    """Rows as (case, activity, at in UTC microseconds, place among the rows of the case from 0)."""
    frame = pandas.read_csv(data / log["log"]).drop_duplicates().reset_index(drop=True)
    frame = frame[log["columns"]].set_axis(["c", "a", "t"], axis=1)
    times = pandas.to_datetime(frame["t"], utc=True, format="ISO8601").dt.tz_localize(None)
    frame["micros"] = times.astype("datetime64[us]").astype("int64")
    frame["t"] = times
    frame["place"] = frame.index
    frame = frame.sort_values(["c", "micros", "place"], kind="stable").reset_index(drop=True)
    frame["place"] = frame.groupby("c").cumcount()
    return frame


def transitions(log, rows):
    """Count, share of what leaves, and distinct cases of each transition, and the peer's own funnel."""
    stream = retentioneering.Eventstream(
        rows[["c", "a", "t"]].copy(),
        schema={"path_cols": ["c"], "event_col": "a", "timestamp_col": "t"},
    )
    weights = {name: stream.transition_graph_data(edge_weight=name) for name in ["count", "proba_out", "unique_paths"]}
    names = {"path_start": "(start)", "path_end": "(end)"}
    found = []
    counts = weights["count"]
    for source in sorted(counts.index):
        for target in sorted(counts.columns):
            if counts.loc[source, target] > 0:
                cells = [weights[name].loc[source, target] for name in weights]
                row = [names.get(source, source), names.get(target, target), int(cells[0]), float(cells[1]), int(cells[2])]
                found.append(row)
    steps = stream.funnel_data(steps=log["steps"])["steps"]
    return {
        "peer": f"retentioneering {retentioneering.__version__}",
        "columns": ["from", "to", "count", "proba_out", "unique_paths"],
        "transitions": found,
        "steps": log["steps"],
        "funnel_without_window": [int(step["unique_paths"]) for step in steps],
    }


def funnel(log, rows):
    """Cases that reach each step from their first entry, within the window, and seconds from the step before."""
    parts = ["with s0 as (select c, min(place) as place, min(micros) as first, min(micros) as micros from rows where a = $1 group by c)"]
    for i in range(1, len(log["steps"])):
        parts.append(f"""s{i} as (
            select r.c, min(r.place) as place, any_value(p.first) as first, arg_min(r.micros, r.place) as micros,
                   any_value(p.micros) as before
            from rows r join s{i - 1} p on r.c = p.c and r.place > p.place
            where r.a = ${i + 1} and r.micros - p.first <= {WINDOW_SECS * 1_000_000} group by r.c)""")
    reached, medians = [], []
    for i in range(len(log["steps"])):
        time = "null" if i == 0 else "median((micros - before) / 1e6)"
        used = {str(k + 1): name for k, name in enumerate(log["steps"][: i + 1])}
        query = ", ".join(parts[: i + 1]) + f" select count(*), {time} from s{i}"
        n, median = duckdb.execute(query, used).fetchone()
        reached.append(int(n))
        medians.append(None if median is None else round(median, 6))
    return {"peer": f"duckdb {duckdb.__version__}", "window_secs": WINDOW_SECS, "steps": log["steps"],
            "reached": reached, "median_secs": medians}


def retention(rows):
    """Weekly, first time, in exactly that week, weeks from Monday in UTC: size of each cohort and retained by offset."""
    found = duckdb.execute("""
        with weeks as (select distinct c, date_trunc('week', t)::date as week from rows),
             starts as (select c, min(week) as cohort from weeks group by c)
        select cohort::varchar, (week - cohort) // 7 as period, count(*)
        from weeks join starts using (c) where (week - cohort) // 7 <= 12 group by all order by all
    """).fetchall()
    return {"peer": f"duckdb {duckdb.__version__}", "columns": ["cohort", "period", "retained"],
            "cells": [[cohort, int(period), int(n)] for cohort, period, n in found]}


def lifecycle(rows):
    """Weekly states, weeks from Monday in UTC; weeks without anyone in any state are not listed."""
    found = duckdb.execute("""
        with weeks as (select distinct c, date_trunc('week', t)::date as week from rows),
             firsts as (select c, min(week) as first from weeks group by c),
             last as (select max(week) as week from weeks),
             states as (
                select w.week, case when w.week = f.first then 'new' when p.c is not null then 'returning'
                    else 'resurrecting' end as state
                from weeks w join firsts f using (c) left join weeks p on p.c = w.c and p.week = w.week - 7
                union all
                select w.week + 7, 'dormant' from weeks w left join weeks n on n.c = w.c and n.week = w.week + 7
                where n.c is null and w.week < (select week from last))
        select week::varchar, count(*) filter (state = 'new'), count(*) filter (state = 'returning'),
               count(*) filter (state = 'resurrecting'), count(*) filter (state = 'dormant')
        from states group by week order by week
    """).fetchall()
    return {"peer": f"duckdb {duckdb.__version__}", "columns": ["week", "new", "returning", "resurrecting", "dormant"],
            "weeks": [[week, *map(int, counts)] for week, *counts in found]}


def write(name, analysis, log, value):
    """One line per row, so that a difference can be read."""
    lines = []
    for key, entry in {"log": log["log"], **value}.items():
        if isinstance(entry, list) and entry and isinstance(entry[0], list):
            rows = ",\n".join("  " + json.dumps(row, separators=(",", ":"), ensure_ascii=False) for row in entry)
            lines.append(f'"{key}": [\n{rows}\n]')
        else:
            lines.append(f'"{key}": {json.dumps(entry, ensure_ascii=False)}')
    folder = HERE / name
    folder.mkdir(exist_ok=True)
    (folder / f"expected-{analysis}.json").write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    for name, log in LOGS.items():
        rows = read(log, pathlib.Path(sys.argv[1]))
        print(name, len(rows), "rows", rows["c"].nunique(), "cases")
        write(name, "transitions", log, transitions(log, rows))
        write(name, "funnel", log, funnel(log, rows))
        write(name, "retention", log, retention(rows))
        write(name, "lifecycle", log, lifecycle(rows))
