# What the report feed tells, page by page to the end, in the form of by_duckdb.py, beside which main.rs looks at it (REPORT-4).
#
#     by_feed.py ADDRESS TOKEN
#
# Prints a JSON object: the rows of sessions, users, states and transfers; the sums of each service by the quarter of an hour; the sums
# of each attendant over all services and days.
import json
import sys
from datetime import datetime

import requests

ADDRESS, TOKEN = sys.argv[1], sys.argv[2]
# What main.rs asks the other one with.
THRESHOLDS = "sla=20&hangUp=10&shortCall=5"
STATES = {"Idle": "IdleMs", "Engaged": "EngagedMs", "After Call Work": "AcwMs", "RONA": "RonaMs", "Not Available": "NotAvailableMs", "Away": "AwayMs"}
SUMS = {
    "sessions": "Sessions", "queued": "Queued", "answered": "Answered", "handled": "Handled", "abandoned": "Abandoned", "short": "ShortCalls",
    "ring_ms": "RingMs", "wait_ms": "WaitMs", "abandoned_wait_ms": "AbandonedWaitMs", "connected_ms": "ConnectedMs",
    "outbound_ms": "OutboundMs", "hold_ms": "HoldMs", "park_ms": "ParkMs", "acw_ms": "AcwMs",
}
KPIS = {
    "service_level_abandons_ignored": "ServiceLevelAbandonsIgnored", "service_level_abandons_negative": "ServiceLevelAbandonsNegative",
    "service_level_abandons_positive": "ServiceLevelAbandonsPositive", "acceptance_sla": "AcceptanceSla", "hang_up_sla": "HangUpSla",
    "reachability": "Reachability", "asa": "AsaMs", "abandonment_rate": "AbandonmentRate", "aht": "AhtMs",
}
# Declined, timed out, cancelled.
NEVER_HAD = {2, 3, 4}


def every(question):
    """Each row, over all pages; small ones, so that there are several."""
    session = requests.Session()
    session.auth = ("anybody", TOKEN)
    link = ADDRESS + question
    while link:
        page = session.get(link, headers={"Prefer": "odata.maxpagesize=700"})
        assert page.status_code == 200, (link, page.status_code, page.text[:500])
        page = page.json()
        yield from page["value"]
        link = page.get("@odata.nextLink")


def at(text):
    return None if text is None else round(datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1000)


def fraction(value):
    """As a text, so that no digit is lost on the way."""
    return None if value is None else repr(float(value))


def number(text):
    return None if text is None else int(text, 16)


def sessions():
    for row in every("ServiceSessions?$expand=UserSessions($select=BeganAt,OutcomeId,RingMs)"):
        had = [it for it in row["UserSessions"] if it["OutcomeId"] not in NEVER_HAD]
        yield {
            "call": number(row["CallId"]), "part": row["Part"], "service": number(row["ServiceId"]), "party": number(row["CallerId"]),
            "outbound": row["Outbound"], "arrived": at(row["ArrivedAt"]), "queued": at(row["QueuedAt"]),
            "accepted": at(row["AcceptedAt"]), "ended": at(row["EndedAt"]), "outcome": row["OutcomeId"],
            "connected": row["ConnectedMs"], "hold": row["HoldMs"], "park": row["ParkMs"], "ring": had[0]["RingMs"] if had else 0,
        }


def users():
    for row in every("UserSessions?$filter=OutcomeId ne null&$expand=ServiceSession($select=CallId,Part)"):
        yield {
            "call": number(row["ServiceSession"]["CallId"]), "part": row["ServiceSession"]["Part"], "attendant": number(row["UserId"]),
            "service": number(row["ServiceId"]), "began": at(row["BeganAt"]), "outcome": row["OutcomeId"],
            "had": row["OutcomeId"] not in NEVER_HAD, "ring": row["RingMs"], "connected": row["ConnectedMs"], "hold": row["HoldMs"],
        }


def transfers():
    for row in every("TransferSessions?$expand=ServiceSession($select=CallId,Part)"):
        yield {
            "call": number(row["ServiceSession"]["CallId"]), "part": row["ServiceSession"]["Part"], "attendant": number(row["UserId"]),
            "service": number(row["ServiceId"]), "began": at(row["BeganAt"]), "internal": row["Internal"], "succeeded": row["Succeeded"],
        }


def states():
    for row in every("UserStates"):
        yield {
            "attendant": number(row["UserId"]), "service": number(row["ServiceId"]), "state": row["State"], "began": at(row["BeganAt"]),
            "ended": at(row["EndedAt"]),
        }


def by_service():
    found = {}
    for row in every(f"ServiceSessionAggregates?{THRESHOLDS}"):
        kpis = [{"kpi": kpi, "value": fraction(row[name])} for kpi, name in KPIS.items()]
        figures = {ours: row[name] for ours, name in SUMS.items()} | {"kpis": kpis}
        found.setdefault(row["ServiceId"], {})[at(row["From"])] = figures
    return found


def by_attendant():
    found = {}
    for row in every("UserSessionAggregates?interval=day"):
        mine = found.setdefault(row["UserId"], {})
        names = {"had": "Had", "declined": "Declined", "timed_out": "TimedOut", "ring_ms": "RingMs", "connected_ms": "ConnectedMs", "hold_ms": "HoldMs"}
        for ours, name in (names | STATES).items():
            mine[ours] = mine.get(ours, 0) + row[name]
    return [
        {name: value for name, value in found[who].items() if name not in STATES}
        | {"attendant": who, "states": [{"state": state, "ms": found[who][state]} for state in STATES]}
        for who in sorted(found)
    ]


def in_order(rows, *names):
    return sorted(rows, key=lambda row: [row[name] for name in names])


if __name__ == "__main__":
    json.dump({
        "sessions": in_order(sessions(), "call", "part"),
        "users": in_order(users(), "call", "part", "began", "attendant", "outcome"),
        "states": in_order(states(), "attendant", "began", "ended"),
        "transfers": in_order(transfers(), "call", "part", "began", "attendant", "internal"),
        "services": by_service(),
        "attendants": by_attendant(),
    }, sys.stdout)
