# The bank's calls by service and hour as the report feed tells them, in the lines of bank_by_duckdb.py, beside which bank.rs looks at
# them (REPORT-4). Counted once from the rows and once from the sums, which must be the same; every KPI is worked out again from them.
#
#     bank_by_feed.py ADDRESS TOKEN
from by_feed import every

# As the bank's file calls them.
TYPES = {
    "Regular": "PS", "Regular, English": "PE", "Brokerage": "NE", "New customers": "NW", "Internet support": "IN", "Call-back": "TT",
}


def ratio(part, whole):
    return part / whole if whole else None


types = {row["Id"]: TYPES[row["Name"]] for row in every("Services") if row["Name"] in TYPES}
rows = {}
for row in every("ServiceSessions"):
    of = (types[row["ServiceId"]], row["ArrivedAt"][:13])
    rows[of] = rows.get(of, 0) + 1
sums = {}
for row in every("ServiceSessionAggregates?interval=hour&sla=20&hangUp=20&shortCall=0"):
    of = (types[row["ServiceId"]], row["From"][:13])
    answered, within, abandoned, left = row["Answered"], row["AnsweredWithin"], row["Abandoned"], row["AbandonedWithin"]
    kpis = {
        "ServiceLevelAbandonsIgnored": ratio(within, answered + abandoned - left),
        "ServiceLevelAbandonsNegative": ratio(within, answered + abandoned),
        "ServiceLevelAbandonsPositive": ratio(within + left, answered + abandoned),
        "AbandonmentRate": ratio(abandoned, answered + abandoned),
        "AsaMs": ratio(row["WaitMs"], answered),
        "AhtMs": ratio(row["ConnectedMs"], answered),
    }
    for name, value in kpis.items():
        assert row[name] == value, (of, name, row[name], value)
    sums[of] = (row["Sessions"], answered, within, abandoned, left, row["WaitMs"] // 1000, row["ConnectedMs"] // 1000)
assert rows == {of: figures[0] for of, figures in sums.items()}, "rows and sums tell the same"
for of, figures in sorted(sums.items()):
    print("cell", *of, *figures)
