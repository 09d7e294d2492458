"""Writes peers.json: how well peers link public sets of persons with known duplicates.

Made by splink 5.0.0 (on DuckDB) and recordlinkage 0.16: python tests/golden/identity/peer_figures.py ../shared/data
No peer is given a label to learn from. Of splink's thresholds the one with the best F1 is written, which favours it.
"""

import json
import pathlib
import sys
from collections import defaultdict

import pandas as pd
import recordlinkage as rl
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

DATA = pathlib.Path(sys.argv[1])
HERE = pathlib.Path(__file__).parent
THRESHOLDS = (0.05, 0.2, 0.5, 0.8, 0.9, 0.95, 0.99, 0.999)


def score(of_record, truth, source=None):
    """Pairwise and B-cubed precision, recall and F1 of clusters."""
    found, real = defaultdict(list), defaultdict(list)
    for record, person in truth.items():
        found[of_record[record]].append(record)
        real[person].append(record)

    def pairs(group):
        if source is None:
            return len(group) * (len(group) - 1) / 2
        n_left = sum(source[record] == "a" for record in group)
        return n_left * (len(group) - n_left)

    right = precision = recall = 0.0
    for group in found.values():
        parts = defaultdict(list)
        for record in group:
            parts[truth[record]].append(record)
        for person, part in parts.items():
            right += pairs(part)
            precision += len(part) ** 2 / len(group)
            recall += len(part) ** 2 / len(real[person])
    n_found, n_real = sum(map(pairs, found.values())), sum(map(pairs, real.values()))

    def f1(p, r):
        return {"precision": round(p, 4), "recall": round(r, 4), "f1": round(2 * p * r / (p + r) if p + r else 0.0, 4)}

    n = len(truth)
    return {"pairwise": f1(right / max(n_found, 1), right / n_real), "b_cubed": f1(precision / n, recall / n)}


def components(records, pairs):
    """Connected components, by their least record."""
    parent = {record: record for record in records}

    def root(record):
        while parent[record] != record:
            parent[record] = parent[parent[record]]
            record = parent[record]
        return record

    for a, b in pairs:
        a, b = root(a), root(b)
        parent[max(a, b)] = min(a, b)
    return {record: root(record) for record in records}


def best(linker, truth, source=None):
    """Scores of clusters at the threshold with the best pairwise F1."""
    rows = linker.inference.predict(threshold_match_weight=-10).as_pandas_dataframe()
    scores = []
    for threshold in THRESHOLDS:
        kept = rows[rows.match_probability >= threshold]
        one = score(components(truth, zip(kept.unique_id_l, kept.unique_id_r)), truth, source)
        scores.append({"threshold": threshold, **one})
    return max(scores, key=lambda one: one["pairwise"]["f1"])


def train(linker, deterministic, recall, blocks):
    linker.training.estimate_probability_two_random_records_match(deterministic, recall=recall)
    linker.training.estimate_u_using_random_sampling()
    for block in blocks:
        linker.training.estimate_parameters_using_expectation_maximisation(block)


def splink_fake1000(rules):
    """The model of splink's own introduction."""
    frame = pd.read_csv(DATA / "splink-fake1000/fake_1000.csv")
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[
            cl.NameComparison("first_name"),
            cl.JaroAtThresholds("surname"),
            cl.DateOfBirthComparison("dob", input_is_string=True),
            cl.ExactMatch("city").configure(term_frequency_adjustments=True),
            cl.EmailComparison("email"),
        ],
        blocking_rules_to_generate_predictions=rules,
    )
    api = DuckDBAPI()
    linker = Linker(api.register(frame), settings)
    train(linker, [block_on("first_name", "surname")], 0.7, [block_on("first_name", "surname"), block_on("email")])
    return best(linker, dict(zip(frame.unique_id, frame.cluster)))


def febrl(*names):
    frames = []
    for source, name in zip("ab", names):
        frame = pd.read_csv(DATA / f"febrl/{name}.csv", skipinitialspace=True, dtype=str)
        frame["source"] = source
        frames.append(frame)
    frame = pd.concat(frames, ignore_index=True).rename(columns={"rec_id": "unique_id"})
    frame["person"] = frame.unique_id.str.split("-").str[1]
    return frame


def splink_febrl(frame, is_link):
    """The comparisons and rules of splink's own example for FEBRL 4, with labels left out."""
    settings = SettingsCreator(
        link_type="link_only" if is_link else "dedupe_only",
        comparisons=[
            cl.NameComparison("given_name"),
            cl.NameComparison("surname"),
            cl.DateOfBirthComparison("date_of_birth", input_is_string=True, datetime_format="%Y%m%d"),
            cl.DamerauLevenshteinAtThresholds("soc_sec_id", [1, 2]),
            cl.ExactMatch("street_number").configure(term_frequency_adjustments=True),
            cl.DamerauLevenshteinAtThresholds("postcode", [1, 2]),
        ],
        blocking_rules_to_generate_predictions=[
            block_on("given_name", "surname"),
            block_on("soc_sec_id"),
            block_on("date_of_birth"),
            block_on("postcode", "surname"),
            block_on("postcode", "given_name"),
        ],
    )
    api = DuckDBAPI()
    if is_link:
        tables = [api.register(frame[frame.source == source]) for source in "ab"]
        linker = Linker(tables, settings)
    else:
        linker = Linker(api.register(frame), settings)
    rules = [block_on("given_name", "surname", "date_of_birth"), block_on("soc_sec_id")]
    train(linker, rules, 0.9, [block_on("date_of_birth"), block_on("postcode", "surname")])
    truth = dict(zip(frame.unique_id, frame.person))
    return best(linker, truth, dict(zip(frame.unique_id, frame.source)) if is_link else None)


def recordlinkage_febrl(frame, is_link):
    """Its expectation-maximisation classifier on the comparisons of its own guide."""
    frame = frame.set_index("unique_id")
    indexer = rl.Index()
    for on in ("given_name", "surname", "date_of_birth", "soc_sec_id", "postcode"):
        indexer.block(on)
    compare = rl.Compare()
    compare.string("given_name", "given_name", method="jarowinkler", threshold=0.85)
    compare.string("surname", "surname", method="jarowinkler", threshold=0.85)
    compare.exact("date_of_birth", "date_of_birth")
    compare.exact("soc_sec_id", "soc_sec_id")
    compare.exact("suburb", "suburb")
    compare.exact("state", "state")
    compare.string("address_1", "address_1", method="jarowinkler", threshold=0.85)
    sides = [frame[frame.source == "a"], frame[frame.source == "b"]] if is_link else [frame]
    features = compare.compute(indexer.index(*sides), *sides)
    pairs = rl.ECMClassifier().fit_predict(features)
    truth = frame.person.to_dict()
    return score(components(truth, pairs), truth, frame.source.to_dict() if is_link else None)


if __name__ == "__main__":
    narrow = [block_on("first_name", "dob"), block_on("surname")]
    wide = [block_on("first_name"), block_on("surname"), block_on("dob"), block_on("email"), block_on("city", "dob")]
    figures = {
        "fake1000": {
            "splink 5.0.0, its introduction": splink_fake1000(narrow),
            "splink 5.0.0, its introduction with more blocking rules": splink_fake1000(wide),
        }
    }
    for name, files in [("febrl3", ["dataset3"]), ("febrl4", ["dataset4a", "dataset4b"])]:
        frame = febrl(*files)
        is_link = len(files) > 1
        figures[name] = {
            "splink 5.0.0": splink_febrl(frame, is_link),
            "recordlinkage 0.16, ECM": recordlinkage_febrl(frame, is_link),
        }
    text = json.dumps(figures, indent=2)
    (HERE / "peers.json").write_text(text + "\n")
    print(text)
