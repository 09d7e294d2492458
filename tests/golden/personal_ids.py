"""Verdicts of a peer, python-stdnum, on numbers of persons: run once, `python tests/golden/personal_ids.py`.

For each scheme, 25 random numbers that the peer takes and 25 that it refuses. Days are days, because the peer does not look at
them everywhere, and US numbers are no taxpayer numbers, whose groups 50 to 65 it does not know.
"""

import importlib
import pathlib
import random

PEERS = {
    "de-idnr": (["de.idnr"], "ddddddddddd"),
    "gb-nhs": (["gb.nhs"], "dddddddddd"),
    "fr-nir": (["fr.nir"], "[12]dd0[123456789]dddddddddd"),
    "es-dni": (["es.dni", "es.nie"], "[0123456789XYZ]dddddddL"),
    "it-cf": (["it.codicefiscale"], "LLLLLLdd[ABCDEHLMPRST]ddLdddL"),
    "nl-bsn": (["nl.bsn"], "ddddddddd"),
    "se-pnr": (["se.personnummer"], "dd[01]d[0123]d-dddd"),
    "pl-pesel": (["pl.pesel"], "dd[02]d[0123]dddddd"),
    "pt-nif": (["pt.nif"], "ddddddddd"),
    "fi-hetu": (["fi.hetu"], "[0123]d[01]ddd[-+A]dddC"),
    "no-fnr": (["no.fodselsnummer"], "[0123]d[01]dddddddd"),
    "be-nn": (["be.nn"], "dd0[123456789][12]dddddd"),
    "ch-ahv": (["ch.ssn"], "756dddddddddd"),
    "at-svnr": (["at.vnr"], "dddd[12]d0[123456789]dd"),
    "ie-pps": (["ie.pps"], "dddddddL"),
    "ca-sin": (["ca.sin"], "ddddddddd"),
    "br-cpf": (["br.cpf"], "ddddddddddd"),
    "in-aadhaar": (["in_.aadhaar"], "dddddddddddd"),
    "cn-ric": (["cn.ric"], "11010519dd0[123456789][12]ddddC"),
    "kr-rrn": (["kr.rrn"], "dd[01]d[0123]d[12]dddddd"),
    "au-tfn": (["au.tfn"], "ddddddddd"),
    "za-id": (["za.idnr"], "dd[01]d[0123]ddddd[01]dd"),
    "us-ssn": (["us.ssn"], "[012345678]dd-[01][01]-[01]dd0"),
    "iban": (["iban"], "DEdddddddddddddddddddd"),
}


def parts_of(form):
    parts, at = [], 0
    while at < len(form):
        if form[at] == "[":
            end = form.index("]", at)
            parts.append(form[at + 1 : end])
            at = end + 1
        else:
            sets = {"d": "0123456789", "L": "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "C": "0123456789ABCDEFHJKLMNPRSTUVWXY"}
            parts.append(sets.get(form[at], form[at]))
            at += 1
    return parts


def main():
    random.seed(7)
    rows = []
    for scheme, (peers, form) in sorted(PEERS.items()):
        modules = [importlib.import_module(f"stdnum.{peer}") for peer in peers]
        parts = parts_of(form)
        wanted = {True: 25, False: 25}
        for _ in range(200_000):
            value = "".join(random.choice(part) for part in parts)
            verdict = any(module.is_valid(value) for module in modules)
            if wanted[verdict]:
                wanted[verdict] -= 1
                rows.append((scheme, value, "yes" if verdict else "no"))
            if not any(wanted.values()):
                break
        print(scheme, wanted)
    path = pathlib.Path(__file__).parent / "personal-ids" / "expected.csv"
    path.parent.mkdir(exist_ok=True)
    path.write_text("scheme,value,valid\n" + "".join(f"{a},{b},{c}\n" for a, b, c in rows))


main()
