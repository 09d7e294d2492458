"""Expected figures of `billing/log.csv`, made once in plain SQL written from the definitions: `python billing_figures.py`.

Needs duckdb (the figures kept beside this file were made with 2.0.1). Makes the log, which is invented, with a
generator of its own, and writes `billing/log.csv`, `billing/expected-revenue.csv` (by currency, month) and
`billing/expected-brackets.csv` (retention of days 0, 1-3, 4-7, 8-14, 15-30 after the first event, by day of it) and `billing/expected-groups.csv` (the
same for each currency alone, over complete cohorts).
"""

import csv
import datetime
import pathlib

import duckdb

HERE = pathlib.Path(__file__).parent / "billing"
DAYS = 200


def rows():
    """Sixty customers, some with two subscriptions, some in dollars; a change of price every few weeks."""
    x = 7

    def draw(below):
        nonlocal x
        x = (x * 6364136223846793005 + 1442695040888963407) % 2**64
        return (x >> 33) % below

    begin = datetime.datetime(2026, 1, 1, 9)
    made = []
    for customer in range(60):
        for subscription in range(1 + (draw(3) == 0)):
            day = draw(90)
            currency = "USD" if draw(5) == 0 else "EUR"
            while day < DAYS:
                amount = [0, 10, 20, 35.5, 50][draw(5)]
                at = begin + datetime.timedelta(days=day, seconds=draw(3600))
                made.append([f"c{customer}", "plan", f"{at:%Y-%m-%dT%H:%M:%SZ}", amount, currency, f"s{customer}-{subscription}"])
                day += 1 + draw(60)
    made.sort(key=lambda row: (row[2], row[5]))
    return made


REVENUE = """
with held as (
    select *, lead(moment, 1, timestamp '9999-01-01') over (partition by customer, subscription order by moment) as until
    from log
),
months as (
    select unnest(generate_series(date_trunc('month', (select min(moment) from log)),
                                  date_trunc('month', (select max(moment) from log)), interval 1 month)) as month
),
ends as (
    select month, customer, currency,
        sum(case when moment < month and until >= month then amount else 0 end) as start_amount,
        sum(case when moment < least(month + interval 1 month, (select max(moment) from log) + interval 1 microsecond)
                  and until >= least(month + interval 1 month, (select max(moment) from log) + interval 1 microsecond)
                 then amount else 0 end) as end_amount
    from months, held group by all
),
known as (
    select *, coalesce(max(case when start_amount > 0 or end_amount > 0 then 1 else 0 end)
        over (partition by customer, currency order by month rows between unbounded preceding and 1 preceding), 0) as paid
    from ends
)
select currency, strftime(month, '%Y-%m-%d') as month,
    count(*) filter (start_amount > 0) as cohort,
    coalesce(sum(start_amount), 0) as start_amount,
    coalesce(sum(least(start_amount, end_amount)) filter (start_amount > 0), 0) as kept,
    coalesce(sum(end_amount) filter (start_amount > 0), 0) as net,
    count(*) filter (start_amount > 0 and end_amount = 0) as lost,
    count(*) filter (start_amount = 0 and end_amount > 0 and paid = 0) as fresh,
    count(*) filter (start_amount = 0 and end_amount > 0 and paid = 1) as back
from known where start_amount > 0 or end_amount > 0
group by all order by currency, month
"""

BRACKETS = """
with firsts as (select customer, min(moment)::date as day from log group by customer),
later as (
    select firsts.customer, firsts.day, date_diff('day', firsts.day, log.moment::date) as n
    from firsts join log using (customer)
)
select strftime(day, '%Y-%m-%d') as day, count(distinct customer) as size,
    count(distinct customer) filter (n between 1 and 3) as b1,
    count(distinct customer) filter (n between 4 and 7) as b2,
    count(distinct customer) filter (n between 8 and 14) as b3,
    count(distinct customer) filter (n between 15 and 30) as b4
from later group by day order by day
"""

# Start and return share the currency, which the test maps as the channel; sums over the cohorts of which all is known.
GROUPS = """
with known as (select max(moment) + interval 1 microsecond as until from log),
firsts as (select customer, currency, min(moment)::date as day from log group by all),
later as (
    select firsts.customer, firsts.currency, firsts.day, date_diff('day', firsts.day, log.moment::date) as n
    from firsts join log on firsts.customer = log.customer and firsts.currency = log.currency
),
brackets(bracket, low, high) as (values ('0', 0, 0), ('1–3', 1, 3), ('4–7', 4, 7), ('8–14', 8, 14), ('15–30', 15, 30))
select currency, bracket, (select count(*) from firsts where firsts.currency = later.currency) as size,
    count(distinct customer) as started,
    count(distinct customer) filter (n between low and high) as back
from later, brackets, known where day + (high + 1) * interval 1 day <= until
group by currency, bracket, low order by currency, low
"""


def write(name, header, made):
    with open(HERE / name, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(made)


def main():
    HERE.mkdir(exist_ok=True)
    header = ["customer", "activity", "moment", "amount", "currency", "subscription"]
    write("log.csv", header, rows())
    base = duckdb.connect()
    base.execute("set timezone = 'UTC'")
    base.execute(
        "create table log as select customer, moment::timestamptz at time zone 'UTC' as moment, amount::double as amount, currency, subscription "
        f"from read_csv('{HERE / 'log.csv'}', all_varchar = true)"
    )
    for name, query in [
        ("expected-revenue.csv", REVENUE),
        ("expected-brackets.csv", BRACKETS),
        ("expected-groups.csv", GROUPS),
    ]:
        found = base.execute(query)
        write(name, [column[0] for column in found.description], found.fetchall())


if __name__ == "__main__":
    main()
