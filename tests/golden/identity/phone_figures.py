"""Writes phones.csv: example numbers of every region as people write them, and their E.164 form.

Made by a peer, phonenumbers 9.0.43 (Google's libphonenumber in Python): python tests/golden/identity/phone_figures.py
"""

import csv
import pathlib

import phonenumbers as peer
from phonenumbers import PhoneNumberFormat as Format
from phonenumbers import PhoneNumberType as Type

rows = []
for region in sorted(peer.SUPPORTED_REGIONS):
    for kind in (Type.FIXED_LINE, Type.MOBILE):
        number = peer.example_number_for_type(region, kind)
        if number is None:
            continue
        e164 = peer.format_number(number, Format.E164)
        for form in (Format.NATIONAL, Format.INTERNATIONAL):
            rows.append((region, peer.format_number(number, form), e164))
with open(pathlib.Path(__file__).parent / "phones.csv", "w", newline="") as file:
    csv.writer(file, lineterminator="\n").writerows([("region", "written", "e164"), *sorted(set(rows))])
