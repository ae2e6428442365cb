"""The calls of the bench of reports in DuckDB: reads the file given, then answers each line of SQL with what it took, in
milliseconds. Reads the time itself, so that the pipe costs nothing."""

import json
import pathlib
import sys
import time

import duckdb

calls, folder = map(pathlib.Path, sys.argv[1:])
begun = time.perf_counter()
connection = duckdb.connect(folder / "calls.duckdb")
connection.execute(
    "CREATE TABLE calls AS SELECT id, service, attendant, caller, outcome, "
    + ", ".join(f"epoch_ms({moment}) AS {moment}" for moment in ("arrived", "accepted", "ended"))
    + " FROM read_csv(?, nullstr='', timestampformat='%Y-%m-%d %H:%M:%S', types={'arrived': 'TIMESTAMP',"
    " 'accepted': 'TIMESTAMP', 'ended': 'TIMESTAMP', 'caller': 'VARCHAR'})",
    [str(calls)],
)
connection.execute("CHECKPOINT")
read = time.perf_counter() - begun
size = (folder / "calls.duckdb").stat().st_size
print(json.dumps({"read_s": read, "bytes": size}), flush=True)
for line in sys.stdin:
    begun = time.perf_counter()
    rows = connection.execute(line).fetchall()
    print(json.dumps({"ms": (time.perf_counter() - begun) * 1000, "rows": len(rows)}), flush=True)
