"""Expected figures of public event logs, made once by a peer: `python pm4py_figures.py DATA_FOLDER`.

Needs pm4py (the figures kept beside this file were made with 2.7.23.11). Writes `<log>/expected.json` beside itself.
Counts of cases per edge, which pm4py does not give, are counted here in plain Python over the same ordered rows,
and pm4py's own figures are checked against such plain counts before anything is written.
"""

import collections
import json
import pathlib
import sys

import pandas
import pm4py

HERE = pathlib.Path(__file__).parent
LOGS = {
    "running-example": "pm4py-small-logs/running-example.csv",
    "receipt": "pm4py-small-logs/receipt.csv",
    "bpic2013-closed": "bpic2013/06_bpic2013_closed.xes.gz",
    "bpic2013-incidents": "bpic2013/07_bpic2013_incidents.xes.gz",
}
CASE, ACTIVITY, TIME = "case:concept:name", "concept:name", "time:timestamp"
STATISTICS = ["mean", "median", "min", "max", "sum", "stdev"]


def read(path):
    """Reads a log as rows ordered by case, time and place in the file."""
    if path.name.endswith(".csv"):
        frame = pandas.read_csv(path, dtype={CASE: str})
        frame[TIME] = pandas.to_datetime(frame[TIME], utc=True, format="ISO8601")
    else:
        frame = pm4py.read_xes(str(path), return_legacy_log_object=False)
    n_duplicates = int(frame.drop(columns=["Unnamed: 0"], errors="ignore").astype(str).duplicated().sum())
    frame = frame.reset_index(drop=True)
    frame["place"] = frame.index
    frame = frame.sort_values([CASE, TIME, "place"], kind="stable").reset_index(drop=True)
    ties = int((frame.groupby(CASE)[TIME].diff() == pandas.Timedelta(0)).sum())
    return pm4py.format_dataframe(frame, case_id=CASE, activity_key=ACTIVITY, timestamp_key=TIME), n_duplicates, ties


def plain(frame):
    """Counts occurrences, cases per activity and edge, and traces without pm4py."""
    occurrences, cases = collections.Counter(), collections.Counter()
    activity_cases, traces = collections.Counter(), collections.Counter()
    for _, group in frame.groupby(CASE, sort=False):
        trace = tuple(group[ACTIVITY])
        edges = list(zip(trace, trace[1:]))
        occurrences.update(edges)
        cases.update(set(edges))
        activity_cases.update(set(trace))
        traces[trace] += 1
    return occurrences, cases, activity_cases, traces


def figures(name, path):
    """All figures of one log as one value."""
    frame, n_duplicates, n_ties = read(path)
    graph, starts, ends = pm4py.discover_dfg(frame)
    times, _, _ = pm4py.discover_performance_dfg(frame, perf_aggregation_key="all")
    variants = pm4py.get_variants(frame)
    occurrences, cases, activity_cases, traces = plain(frame)
    assert dict(graph) == dict(occurrences), name
    assert dict(variants) == dict(traces), name
    counts = frame[ACTIVITY].value_counts()
    activities = sorted(counts.index)
    index = {activity: i for i, activity in enumerate(activities)}
    edges = []
    for (a, b), n in sorted(graph.items(), key=lambda item: (-item[1], item[0])):
        row = [index[a], index[b], int(n), cases[(a, b)]]
        for statistic in STATISTICS:
            value = times[(a, b)][statistic]
            row.append(0.0 if value != value else round(float(value), 6))
        edges.append(row)
    ranked = sorted(variants.items(), key=lambda item: (-item[1], item[0]))
    return {
        "log": LOGS[name],
        "peer": f"pm4py {pm4py.__version__}",
        "n_cases": int(frame[CASE].nunique()),
        "n_events": int(len(frame)),
        "n_exact_duplicates": n_duplicates,
        "n_ties": n_ties,
        "activities": [[a, int(counts[a]), activity_cases[a]] for a in activities],
        "starts": [[index[a], int(n)] for a, n in sorted(starts.items())],
        "ends": [[index[a], int(n)] for a, n in sorted(ends.items())],
        "edge_columns": ["from", "to", "occurrences", "cases", *STATISTICS],
        "edges": edges,
        "variants": [[[index[a] for a in trace], int(n)] for trace, n in ranked],
    }


def write(name, value):
    """One line per row, so that a difference can be read."""
    lines = ["{"]
    for key, entry in value.items():
        end = "" if key == "variants" else ","
        if isinstance(entry, list) and entry and isinstance(entry[0], list):
            rows = ",\n".join("  " + json.dumps(row, separators=(",", ":"), ensure_ascii=False) for row in entry)
            lines.append(f'"{key}": [\n{rows}\n]{end}')
        else:
            lines.append(f'"{key}": {json.dumps(entry, ensure_ascii=False)}{end}')
    folder = HERE / name
    folder.mkdir(exist_ok=True)
    (folder / "expected.json").write_text("\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    for name, path in LOGS.items():
        value = figures(name, pathlib.Path(sys.argv[1]) / path)
        write(name, value)
        print(name, value["n_cases"], value["n_events"], len(value["edges"]), len(value["variants"]),
              "duplicates", value["n_exact_duplicates"], "ties", value["n_ties"])
