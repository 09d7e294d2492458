"""Makes small files of other formats, invented here, with what other programs read of them.

    python tests/golden/formats.py tests/golden/formats

Written on Python 3.11 with its sqlite3 (SQLite 3.40.1), pyarrow and xlwt. XLSB is written by hand, record by record, since no
library writes it, and read again by pyxlsb.
"""

import json
import os
import shutil
import sqlite3
import struct
import sys
import zipfile

FOLDER = sys.argv[1]
WORDS = "Where is my parcel? It was due yesterday. ".split(" ")


def words(n):
    """A text of n words that is the same each time."""
    return " ".join(WORDS[(n * 7 + at) % len(WORDS)] for at in range(n))


def path(name):
    """An empty place for a file."""
    place = os.path.join(FOLDER, name)
    if os.path.exists(place):
        os.remove(place)
    return place


def plain(value):
    """What the reader makes of a value."""
    if value is None:
        return ""
    if isinstance(value, bytes):
        try:
            text = value.decode()
            return text if text.isprintable() else ""
        except UnicodeDecodeError:
            return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def rows(base, table):
    """The rows of a table as SQLite itself reads them, without what is empty."""
    quoted = table.replace('"', '""')
    cursor = base.execute(f'select * from "{quoted}"')
    names = [column[0] for column in cursor.description]
    told = [{name: plain(value) for name, value in zip(names, row)} for row in cursor]
    return [{name: value for name, value in row.items() if value} for row in told]


def shop():
    """Small pages, so that trees are deep; long texts, keys of two columns, rows older than a column, deleted rows."""
    base = sqlite3.connect(path("shop.sqlite"))
    base.execute("pragma page_size = 512")
    base.execute("create table [another table] (a, b)")
    base.execute(
        "create table orders (id INTEGER PRIMARY KEY, customer TEXT NOT NULL, activity TEXT, ordered_at TEXT, "
        "price decimal(10, 2), note, -- what was said\n twice AS (price * 2), CHECK (price > -100))"
    )
    base.execute("create index by_customer on orders (customer, note)")
    base.execute("create view dear as select * from orders where price > 50")
    base.execute(
        'create table "stock ""by"" day" (amount INTEGER, place TEXT, day TEXT, note TEXT, primary key (day, place)) '
        "without rowid"
    )
    for n in range(60):
        note = [None, words(n % 9), words(n * 3), b"\x00\xff\x01", b"bytes"][n % 5]
        row = (n * n - 40, f"customer {n % 7}", ["ordered", "paid", "returned"][n % 3], f"2026-03-{n % 28 + 1:02} 09:{n % 60:02}")
        base.execute("insert into orders values (?, ?, ?, ?, ?, ?)", (*row, n * 1.25 - 10, note))
        day = (n * 1001, f"Zürich {n % 4}", f"2026-03-{n // 4 + 1:02}", words(n * 2) if n % 3 else None)
        base.execute('insert into "stock ""by"" day" values (?, ?, ?, ?)', day)
    base.execute("delete from orders where id % 5 = 0")
    base.execute("alter table orders add column currency TEXT NOT NULL DEFAULT 'EUR'")
    base.execute(
        "insert into orders (id, customer, activity, ordered_at, price, note, currency) values "
        "(?, 'grüße 🙂', 'ordered', '2026-04-01 10:00', 1e18, ?, 'CHF')",
        (2**62, words(1500)),
    )
    base.execute("insert into orders (customer, activity, ordered_at, price) values ('last', 'paid', '', -1)")
    base.commit()
    told = {table: rows(base, table) for table in ["orders", 'stock "by" day']}
    for row in told["orders"]:
        # Computed when it is asked for, and not in the file.
        row.pop("twice", None)
    base.close()
    with open(path("shop.json"), "w", encoding="utf-8") as file:
        json.dump(told, file, ensure_ascii=False, indent=0)


def encodings():
    """The same table in each encoding of UTF-16, and on pages of 64 KiB inside an archive."""
    for name, pragma in [
        ("utf-16le.sqlite", "encoding = 'UTF-16le'"),
        ("utf-16be.sqlite", "encoding = 'UTF-16be'"),
        ("large-pages.sqlite", "page_size = 65536"),
    ]:
        base = sqlite3.connect(path(name))
        base.execute(f"pragma {pragma}")
        base.execute("create table größen (kunde, tat, zeit, n REAL)")
        base.execute("insert into größen values ('Grüße 🙂', 'bestellt', 1772357400, 7.5)")
        base.execute("insert into größen values ('Béla', NULL, -1, 1e18)")
        base.commit()
        base.close()
    large = os.path.join(FOLDER, "large-pages.sqlite")
    with zipfile.ZipFile(path("large-pages.zip"), "w", zipfile.ZIP_DEFLATED) as archive:
        with open(large, "rb") as file:
            # ZipInfo's own date, so that the archive is the same each time.
            archive.writestr(zipfile.ZipInfo("backup/large-pages.sqlite"), file.read(), zipfile.ZIP_DEFLATED)
    os.remove(large)


def beside():
    """A database that a program has open: the last row is in the file beside it, which is not kept here."""
    place = path("open.sqlite")
    base = sqlite3.connect(place)
    base.execute("pragma journal_mode = wal")
    base.execute("create table visits (customer, activity, time)")
    base.execute("insert into visits values ('ada', 'came', '2026-03-01 09:00')")
    base.commit()
    base.execute("pragma wal_checkpoint(truncate)")
    base.execute("insert into visits values ('ada', 'left', '2026-03-01 10:00')")
    base.commit()
    shutil.copy(place, place + ".copy")
    base.close()
    os.replace(place + ".copy", place)


def odd():
    """Databases whose only table is virtual, beside those in which it keeps its words, and whose only table is empty."""
    base = sqlite3.connect(path("empty.sqlite"))
    base.execute("pragma page_size = 512")
    base.execute("create table orders (customer, activity, time)")
    base.commit()
    base.close()
    base = sqlite3.connect(path("search.sqlite"))
    base.execute("pragma page_size = 512")
    base.execute("create virtual table notes using fts5(customer, body)")
    base.execute("insert into notes values ('ada', 'Where is my parcel?')")
    base.commit()
    base.close()


LOG = {
    "objectTypes": [{"name": "customer", "attributes": []}, {"name": "order", "attributes": []}],
    "eventTypes": [
        {"name": "Place Order", "attributes": [{"name": "total", "type": "float"}]},
        {"name": "Pay", "attributes": [{"name": "method", "type": "string"}]},
    ],
    "objects": [
        {"id": "c1", "type": "customer"},
        {"id": "c2", "type": "customer"},
        {"id": "o1", "type": "order"},
        {"id": "o2", "type": "order"},
        {"id": "o3", "type": "order"},
    ],
    "events": [
        ("e1", "Place Order", "2026-03-01T09:30:00Z", ["c1", "o1"], {"total": "12.5"}),
        ("e2", "Place Order", "2026-03-01T10:00:00Z", ["c1", "c2", "o2"], {"total": "80"}),
        ("e3", "Pay", "2026-03-02T08:00:00Z", ["c1", "o1", "o2"], {"method": "card"}),
        ("e4", "Pay", "2026-03-03T08:00:00Z", ["o3"], {"method": "cash"}),
    ],
}


def log():
    """An object-centric log as JSON and as a database."""
    events = [
        {
            "id": name,
            "type": kind,
            "time": time,
            "attributes": [{"name": key, "value": value} for key, value in values.items()],
            "relationships": [{"objectId": one, "qualifier": "of"} for one in objects],
        }
        for name, kind, time, objects, values in LOG["events"]
    ]
    with open(path("log.jsonocel"), "w", encoding="utf-8") as file:
        json.dump({**LOG, "events": events}, file, indent=1)
    base = sqlite3.connect(path("log.sqlite"))
    base.execute("pragma page_size = 512")
    base.executescript(
        """
        create table event_map_type (ocel_type TEXT PRIMARY KEY, ocel_type_map TEXT);
        create table object_map_type (ocel_type TEXT PRIMARY KEY, ocel_type_map TEXT);
        create table event (ocel_id TEXT PRIMARY KEY, ocel_type TEXT, FOREIGN KEY (ocel_type) REFERENCES event_map_type);
        create table object (ocel_id TEXT PRIMARY KEY, ocel_type TEXT);
        create table event_object (ocel_event_id TEXT, ocel_object_id TEXT, ocel_qualifier TEXT,
            PRIMARY KEY (ocel_event_id, ocel_object_id, ocel_qualifier));
        create table object_object (ocel_source_id TEXT, ocel_target_id TEXT, ocel_qualifier TEXT);
        create table "event_PlaceOrder" (ocel_id TEXT PRIMARY KEY, ocel_time TIMESTAMP, total REAL);
        create table "event_Pay" (ocel_id TEXT PRIMARY KEY, ocel_time TIMESTAMP, method TEXT);
        create table "object_Order" (ocel_id TEXT, ocel_time TIMESTAMP, ocel_changed_field TEXT);
        """
    )
    maps = {"Place Order": "PlaceOrder", "Pay": "Pay"}
    base.executemany("insert into event_map_type values (?, ?)", maps.items())
    base.executemany("insert into object values (?, ?)", [(one["id"], one["type"]) for one in LOG["objects"]])
    for name, kind, time, objects, values in LOG["events"]:
        base.execute("insert into event values (?, ?)", (name, kind))
        base.executemany("insert into event_object values (?, ?, 'of')", [(name, one) for one in objects])
        base.execute(f"insert into event_{maps[kind]} values (?, ?, ?)", (name, time, *values.values()))
    base.commit()
    base.close()


def parquet():
    """Pages of both versions packed with Zstandard, with dictionaries and missing values, in two groups of rows."""
    import pyarrow
    from pyarrow import parquet as arrow

    n = 120
    utc = pyarrow.timestamp("us", tz="UTC")
    table = pyarrow.table(
        {
            "customer": [f"customer {at % 13}" for at in range(n)],
            "activity": [None if at % 10 == 3 else ["ordered", "paid"][at % 2] for at in range(n)],
            "time": pyarrow.array([1_772_357_400_000_000 + at * 60_000_000 for at in range(n)], utc),
            "price": [None if at % 4 == 0 else at / 4 for at in range(n)],
            "note": [words(at % 30) for at in range(n)],
        }
    )
    ways = {"customer": "zstd", "activity": "zstd", "time": "zstd", "price": "snappy", "note": "zstd"}
    common = {"row_group_size": 80, "data_page_size": 1024, "write_batch_size": 50}
    for version, compression in [("1.0", "zstd"), ("2.0", ways)]:
        name = f"zstd-v{version[0]}.parquet"
        arrow.write_table(table, path(name), compression=compression, data_page_version=version, **common)


def xls():
    """A workbook of 1997: a title, a cell merged over two rows, a date, an error, and a second sheet."""
    import datetime
    import xlwt

    book = xlwt.Workbook()
    book.add_sheet("Notes")
    sheet = book.add_sheet("Bestellungen")
    sheet.write(0, 0, "Orders of March")
    for at, name in enumerate(["customer", "activity", "time", "price", "paid"]):
        sheet.write(2, at, name)
    moment = xlwt.easyxf(num_format_str="yyyy-mm-dd hh:mm")
    day = xlwt.easyxf(num_format_str="yyyy-mm-dd")
    sheet.write_merge(3, 4, 0, 0, "Zoë & co")
    sheet.write(3, 1, "ordered")
    sheet.write(3, 2, datetime.datetime(2026, 3, 1, 9, 30), moment)
    sheet.write(3, 3, 12.5)
    sheet.write(3, 4, True)
    sheet.write(4, 1, "paid")
    sheet.write(4, 2, datetime.date(2026, 3, 2), day)
    sheet.row(4).set_cell_error(3, "#DIV/0!")
    sheet.write(4, 4, False)
    sheet.write(6, 0, "bén")
    sheet.write(6, 1, "left")
    sheet.write(6, 2, "2026-03-03 10:00")
    book.save(path("orders.xls"))


def record(kind, body=b""):
    """A record of a binary workbook: its kind and length in seven bits a byte."""

    def sevens(number):
        out = b""
        while True:
            out += bytes([number & 0x7F | (0x80 if number > 0x7F else 0)])
            number >>= 7
            if not number:
                return out

    # Kinds above 127 are written as their two bytes stand in the specification.
    kind = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
    return kind + sevens(len(body)) + body


def wide(text):
    return struct.pack("<I", len(text.encode("utf-16le")) // 2) + text.encode("utf-16le")


def xlsb():
    """A binary workbook: shared and own texts, numbers of two kinds, a date, a truth, an error, and an empty sheet."""
    shared = ["customer", "activity", "time", "price", "paid", "Zoë & co", "bén"]

    def cell(column, style=0):
        return struct.pack("<II", column, style)

    def row(number, *cells):
        head = record(0, struct.pack("<IIHHBI", number, 0, 300, 0, 0, 1) + struct.pack("<II", 0, 4))
        return head + b"".join(cells)

    def text(column, value):
        if value in shared:
            return record(7, cell(column) + struct.pack("<I", shared.index(value)))
        return record(6, cell(column) + wide(value))

    def number(column, value, style=0):
        return record(5, cell(column, style) + struct.pack("<d", value))

    def whole(column, hundredths):
        return record(2, cell(column) + struct.pack("<I", hundredths << 2 & 0xFFFFFFFF | 3))

    names = [text(at, name) for at, name in enumerate(shared[:5])]
    content = (
        row(0, *names)
        + row(1, text(0, "Zoë & co"), text(1, "ordered"), number(2, 46082.395833333336, 1), whole(3, 1250), record(4, cell(4) + b"\x01"))
        + row(2, text(0, "bén"), text(1, "paid"), number(2, 46083, 1), record(3, cell(3) + b"\x07"), record(4, cell(4) + b"\x00"))
        + row(4, text(0, "bén"), text(1, "left"), text(2, "2026-03-03 10:00"), number(3, -0.1))
    )

    def sheet(size, rows):
        return record(129) + record(148, struct.pack("<IIII", *size)) + record(145) + rows + record(146) + record(130)

    def styles():
        format_of = lambda number: record(47, struct.pack("<HHHHBBI", 0, number, 0, 0, 0, 0, 0))
        return record(278) + record(617, struct.pack("<I", 2)) + format_of(0) + format_of(22) + record(618) + record(279)

    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    bundle = lambda at, name: record(156, struct.pack("<II", 0, at) + wide(f"rId{at}") + wide(name))
    book = record(131) + record(143) + bundle(1, "Notes") + bundle(2, "Orders") + record(144) + record(132)
    texts = record(159, struct.pack("<II", len(shared), len(shared)))
    texts += b"".join(record(19, b"\x00" + wide(one)) for one in shared) + record(160)
    to = lambda at, kind, target: f'<Relationship Id="rId{at}" Type="{office}/{kind}" Target="{target}"/>'
    links = to(1, "worksheet", "worksheets/sheet1.bin") + to(2, "worksheet", "worksheets/sheet2.bin")
    links += to(3, "sharedStrings", "sharedStrings.bin") + to(4, "styles", "styles.bin")
    xml = '<?xml version="1.0" encoding="UTF-8"?>'
    wrapped = lambda inner: f'{xml}<Relationships xmlns="{package}/relationships">{inner}</Relationships>'
    files = {
        "[Content_Types].xml": f'{xml}<Types xmlns="{package}/content-types"><Default Extension="bin" ContentType="application/octet-stream"/></Types>',
        "_rels/.rels": wrapped(to(1, "officeDocument", "xl/workbook.bin")),
        "xl/workbook.bin": book,
        "xl/_rels/workbook.bin.rels": wrapped(links),
        "xl/worksheets/sheet1.bin": sheet((0, 0, 0, 0), b""),
        "xl/worksheets/sheet2.bin": sheet((0, 4, 0, 4), content),
        "xl/sharedStrings.bin": texts,
        "xl/styles.bin": styles(),
    }
    with zipfile.ZipFile(path("orders.xlsb"), "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in files.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 3, 1, 0, 0, 0)), body)
    import pyxlsb

    with pyxlsb.open_workbook(os.path.join(FOLDER, "orders.xlsb")) as again:
        assert again.sheets == ["Notes", "Orders"], again.sheets
        read = [[one.v for one in line] for line in again.get_sheet("Orders").rows(sparse=True)]
        # It passes over texts that stand in their cells.
        assert read[0] == shared[:5] and read[1] == ["Zoë & co", None, 46082.395833333336, 12.5, True], read
        assert [line[0] for line in read[2:]] == ["bén", "bén"] and read[3][3] == -0.1, read


def slack():
    """An export of Slack as it comes, and one that was unpacked and packed again with its folder."""
    user = lambda id, name, **profile: {"id": id, "name": name, "deleted": False, "profile": {"real_name": "", **profile}}
    said = lambda at, text, **more: {"type": "message", "text": text, "ts": f"17723574{at:02}.000{at:02}9", **more}
    files = {
        "users.json": [
            user("U1", "ada", real_name="Ada Lovelace", email="Ada@Example.com"),
            user("U2", "ben", real_name="Bén"),
            user("U3", "carl"),
        ],
        "channels.json": [{"id": "C1", "name": "help", "members": ["U1", "U2"]}],
        "groups.json": [],
        "dms.json": [{"id": "D1", "members": ["U1", "U2"]}],
        "integration_logs.json": [],
        "help/2026-03-01.json": [
            said(0, "<@U2> has joined the channel", subtype="channel_join", user="U2"),
            said(1, "<@U2>: where is <https://shop.example/1|my parcel>? &lt;urgent&gt; <!here>", user="U1"),
            said(2, "On its way", user="U2", thread_ts="1772357401.000019", parent_user_id="U1"),
            said(3, "Told all", user="U2", subtype="thread_broadcast", thread_ts="1772357401.000019"),
            said(4, "", user="U3", files=[{"id": "F1", "name": "label.pdf"}]),
            said(5, "", subtype="bot_message", bot_id="B1", username="Shop robot", attachments=[{"fallback": "Order 7", "text": "Order <https://shop.example/7|7> was paid"}]),
            said(6, "Hello from next door", user="U9", user_profile={"real_name": "Zoë", "display_name": "zoe"}),
            said(7, "nobody"),
            {"type": "message", "user": "U1", "text": "no time"},
        ],
        "help/2026-03-02.json": "no list",
        "D1/2026-03-02.json": [said(50, "Thanks", user="U1", edited={"user": "U1", "ts": "1772357460.000000"})],
        "elsewhere/2026-03-02.json": [said(51, "not a channel", user="U1")],
    }
    for name, folder in [("slack.zip", ""), ("slack-again.zip", "Team export/")]:
        with zipfile.ZipFile(path(name), "w", zipfile.ZIP_DEFLATED) as archive:
            for file, content in files.items():
                archive.writestr(zipfile.ZipInfo(folder + file, (2026, 3, 1, 0, 0, 0)), json.dumps(content))
            if folder:
                archive.writestr(zipfile.ZipInfo("__MACOSX/Team export/._users.json", (2026, 3, 1, 0, 0, 0)), b"\0")


os.makedirs(FOLDER, exist_ok=True)
for make in [shop, encodings, beside, odd, log, parquet, xls, xlsb, slack]:
    make()
