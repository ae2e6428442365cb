# Figures of the bank's calls by service and hour, straight from the file and with no word of Usher: the second implementation
# beside which tests/import_calls.rs looks at the first. Prints the lines that are no calls, then a line per service and hour.
import sys

import duckdb

db = duckdb.connect()


def at(column):
    """The moment of a time of day; midnight sharp means that it did not happen."""
    return f"case when {column} <> '0:00:00' then strptime(date || ' ' || {column}, '%Y-%m-%d %H:%M:%S') end"


def on(column, before):
    """The same on the next day where midnight came between."""
    return f"case when {column} < {before} - interval 12 hour then {column} + interval 1 day else {column} end"


db.execute(
    f"""
    create table calls as
    with read as (
        select row_number() over () + 1 as line, * from read_csv('{sys.argv[1]}', all_varchar = true)
    ), times as (
        select line, type, outcome, {at("vru_entry")} as came, {at("q_start")} as q,
            case when outcome = 'AGENT' then {at("ser_start")} end as s,
            case when outcome = 'AGENT' then {at("ser_exit")} when q_start <> '0:00:00' then {at("q_exit")}
                else {at("vru_exit")} end as e
        from read
    ), queued as (select *, {on("q", "came")} as queued from times
    ), served as (select *, {on("s", "coalesce(queued, came)")} as served from queued
    ), ended as (select *, {on("e", "coalesce(served, queued, came)")} as ended from served)
    select *, coalesce(
            outcome in ('AGENT', 'HANG') and came is not null and coalesce(queued, came) >= came
            and (outcome = 'HANG' or served >= coalesce(queued, came))
            and ended >= coalesce(served, queued, came), false) as is_call,
        epoch(served) - epoch(coalesce(queued, served)) as wait,
        epoch(ended) - epoch(queued) as patience
    from ended
    """
)
refused = db.execute("select line from calls where not is_call order by line").fetchall()
print("refused", *(line for (line,) in refused))
cells = db.execute(
    """
    select type, strftime(came - interval 3 hour, '%Y-%m-%dT%H') as hour, count(*),
        count(served), count(*) filter (served is not null and wait <= 20),
        count(*) filter (served is null and queued is not null),
        count(*) filter (served is null and patience <= 20),
        coalesce(sum(wait), 0)::bigint, coalesce(sum(epoch(ended) - epoch(served)), 0)::bigint
    from calls where is_call group by 1, 2 order by 1, 2
    """
).fetchall()
for cell in cells:
    print("cell", *cell)
