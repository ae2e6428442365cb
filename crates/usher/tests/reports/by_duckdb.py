# The figures of a report from the raw events alone, as `usher export events` writes them: the second implementation beside which
# main.rs looks at the first (REPORT-1). Follows the definitions of the reports, and no code of Usher. Events become sessions and
# states here; DuckDB counts and sums them.
#
#     by_duckdb.py EVENTS QUESTIONS
#
# QUESTIONS is a JSON list of what the screen asks. Prints a JSON list of answers in the form of the screen's, without names. Numbers
# with a fraction are texts, so that no digit is lost on the way. Percentiles are the true ones. The question {"rows": TABLE} gives
# the rows themselves, each as an object: `sessions`, `users` or `transfers`, in the order of call, part, beginning, attendant and outcome,
# or `states` in the order of attendant and beginning.
import json
import math
import sys
from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import duckdb

# Ids of the reported vocabulary.
BEFORE_ACCEPT, IN_IVR, IN_IVR_AFTER_QUEUE, IN_QUEUE, ACCEPTED = 1, 2, 3, 4, 5
INTERNAL, EXTERNAL, INTERNAL_FAILED, EXTERNAL_FAILED = 6, 7, 8, 9
VOICEMAIL, CALLBACK, PUT_THROUGH, NOT_PUT_THROUGH, QUEUE_LIMIT, DISCONNECTED, LOST = 10, 11, 12, 13, 14, 15, 16
OUTBOUND, OUTBOUND_NOT = 17, 18
USER = {"accepted": 1, "declined": 2, "timed_out": 3, "cancelled": 4, "internal": 5, "external": 6, "internal failed": 7, "external failed": 8}
WITHDRAWN = {"declined": "declined", "timed_out": "timed_out", "withdrawn": "cancelled"}
GIVES = {"accepted": ACCEPTED, "internal": INTERNAL, "external": EXTERNAL, "internal failed": INTERNAL_FAILED, "external failed": EXTERNAL_FAILED}
NEVER_HAD = {"declined", "timed_out", "cancelled"}
STATES = ["Idle", "Engaged", "After Call Work", "RONA", "Not Available", "Away"]
KPIS = [
    "service_level_abandons_ignored", "service_level_abandons_negative", "service_level_abandons_positive", "acceptance_sla",
    "hang_up_sla", "reachability", "asa", "abandonment_rate", "aht", "occupancy",
]
# Counts and sums of a report's interval; what the KPIs need beside them; and an interval without calls.
SHOWN = [
    "sessions", "queued", "answered", "handled", "abandoned", "short", "ring_ms", "wait_ms", "abandoned_wait_ms", "connected_ms",
    "outbound_ms", "hold_ms", "park_ms",
]
NOTHING = dict.fromkeys([*SHOWN, "a_t", "b_t", "o_t", "handled_t", "hung_up_t"], 0) | {"waits": [], "talks": []}


# -- events to sessions ----------------------------------------------------------------------------------------------------------


class UserSession:
    """An attendant's part in a service session."""

    def __init__(self, attendant, began, ring):
        self.attendant, self.began, self.ring = attendant, began, ring
        self.outcome, self.connected, self.hold = None, 0, 0

    def had(self):
        return self.outcome not in NEVER_HAD


class ServiceSession:
    """A caller's stay with a service."""

    def __init__(self, number, service, arrived, outbound):
        self.number, self.service, self.arrived, self.outbound = number, service, arrived, outbound
        self.queued = self.accepted = self.ended = self.outcome = self.party = None
        self.connected = self.hold = self.park = 0
        self.users = []
        # What the workflow did for her meanwhile.
        self.at_a_step = self.left_a_voicemail = self.asked_for_a_callback = self.hand_over_failed = False

    def holder(self):
        """The attendant's part of whoever had the caller last."""
        return next((user for user in reversed(self.users) if user.had()), None)


class Call:
    """A call on its way: with whom the caller is now, and since when."""

    def __init__(self, number, origin, party, service, at, arrived, outbound):
        self.number, self.origin, self.party = number, origin, party
        self.session = ServiceSession(1, service, arrived, outbound)
        self.over = []
        self.doing, self.since = None, at
        self.rung = {}
        self.has = None
        self.line_answered = False
        self.put_through = False

    def now(self, doing, at):
        """The caller talks, is held, is parked, or (None) none of these from now on."""
        passed, session = at - self.since, self.session
        user = session.holder()
        if self.doing in ("talks", "held"):
            for it in [session, user] if user else [session]:
                it.connected += passed
                it.hold += passed if self.doing == "held" else 0
        if self.doing == "parked":
            session.park += passed
        self.doing, self.since = doing, at

    def with_attendant(self, attendant, at, rung_since=None):
        """She has the caller: again, or for the first time."""
        last = self.session.holder()
        if last is not None and last.attendant == attendant:
            last.outcome = None
        else:
            self.she_is_done("accepted")
            began = at if rung_since is None else rung_since
            self.session.users.append(UserSession(attendant, began, at - began))
        self.has = attendant

    def she_is_done(self, how):
        last = self.session.holder()
        if last is not None and last.outcome is None:
            last.outcome = how
        self.has = None

    def finish(self, end, at):
        session = self.session
        session.ended, session.party, session.outcome = at, self.party, self.outcome(end)
        self.over.append(session)

    def next_service(self, service, arrived, at):
        self.now(None, at)
        self.finish("transferred" if self.put_through else "handed_over", at)
        self.put_through = False
        self.has = None
        self.session = ServiceSession(self.session.number + 1, service, arrived, False)

    def outcome(self, end):
        session = self.session
        if session.outbound:
            if session.accepted is not None:
                return OUTBOUND
            return LOST if end == "lost" else OUTBOUND_NOT
        for user in reversed(session.users):
            if user.outcome in GIVES:
                return GIVES[user.outcome]
        if end == "handed_over":
            return PUT_THROUGH
        if session.left_a_voicemail:
            return VOICEMAIL
        if session.asked_for_a_callback:
            return CALLBACK
        if end == "caller_hung_up":
            if not session.at_a_step:
                return IN_QUEUE
            if session.queued is not None:
                return IN_IVR_AFTER_QUEUE
            return IN_IVR if self.line_answered else BEFORE_ACCEPT
        if end == "end_of_workflow":
            return NOT_PUT_THROUGH if session.hand_over_failed else DISCONNECTED
        return QUEUE_LIMIT if end == "queue_time_over" else LOST

    def engaged(self):
        """Attendants who have to do with it: rung, with the caller, or having her in a slot."""
        return set(self.rung_attendants()) | ({self.has} if self.has is not None else set())

    def rung_attendants(self):
        return [attendant for attendant, _ in self.rung.values()]

    def take(self, kind, said, at):
        session, who = self.session, said.get("attendant")
        target_is_outside = said.get("target", {}).get("kind") == "outside"
        match kind:
            case "call_queued":
                if self.put_through or session.service != said["service"]:
                    self.next_service(said["service"], said["arrived"], at)
                else:
                    self.now(None, at)
                session = self.session
                session.at_a_step = False
                if session.queued is None:
                    session.queued = at
            case "call_moved":
                self.next_service(said["service"], said["arrived"], at)
            case "step_entered":
                session.at_a_step = True
            case "line_answered":
                self.line_answered = True
            case "voicemail_left":
                session.left_a_voicemail = True
            case "callback_requested":
                session.asked_for_a_callback = True
            case "hand_over_failed":
                session.hand_over_failed = True
            case "call_offered":
                self.rung[said["offer"]] = (who, at)
            case "offer_ended":
                if said["offer"] in self.rung:
                    attendant, since = self.rung.pop(said["offer"])
                    user = UserSession(attendant, since, at - since)
                    user.outcome = WITHDRAWN[said["how"]]
                    session.users.append(user)
            case "call_accepted" | "callback_taken":
                _, since = self.rung.pop(said["offer"], (None, None))
                self.with_attendant(who, at, since)
                if kind == "call_accepted":
                    self.answered(at)
            case "call_unparked":
                self.with_attendant(who, at)
                self.answered(at)
            case "call_answered":
                self.answered(at)
            case "call_held":
                self.with_attendant(who, at)
                self.now("held", at)
            case "call_retrieved" | "conferenced":
                self.now("talks", at)
            case "consult_answered":
                self.now("held", at)
            case "swapped":
                self.now("talks" if said["with"] == "caller" else "held", at)
            case "consult_ended":
                self.now("talks" if said["with_caller"] else "held", at)
            case "call_parked":
                self.now("parked", at)
                self.she_is_done("accepted")
                self.has = who
            case "park_timed_out":
                self.now(None, at)
                self.has = None
            case "transfer_began":
                if said["mode"] == "consult":
                    self.now("held", at)
                else:
                    self.now(None, at)
                    self.has = None
            case "completion_began":
                self.now(None, at)
                self.has = None
            case "transfer_cancelled":
                self.now("talks", at)
                self.has = who
            case "transfer_completed":
                self.now(None, at)
                how = "external" if target_is_outside else "internal"
                self.she_is_done(how)
                last = session.holder()
                if last is not None and last.attendant == who:
                    last.outcome = how
                self.put_through = True
            case "transfer_failed":
                became = said["caller"]
                if became == "held":
                    self.now("held", at)
                    self.has = who
                elif became in ("returned", "released") or self.has is None:
                    self.now(None, at)
                    self.she_is_done("external failed" if target_is_outside else "internal failed")
            case "party_replaced":
                self.party = said["party"]
            case "call_ended":
                self.now(None, at)
                for attendant, since in self.rung.values():
                    user = UserSession(attendant, since, at - since)
                    user.outcome = "cancelled"
                    session.users.append(user)
                self.rung = {}
                reached = not session.outbound or session.accepted is not None
                self.she_is_done("accepted" if reached else "cancelled")
                end = said["end"]
                self.finish(end if isinstance(end, str) else next(iter(end)), at)

    def answered(self, at):
        self.now("talks", at)
        if self.session.accepted is None:
            self.session.accepted = at


# -- events to what attendants did -----------------------------------------------------------------------------------------------


class Attendant:
    """One state at a time while she is on duty."""

    def __init__(self, number):
        self.number = number
        self.on_duty = self.on_a_break = self.rona = False
        self.is_there = True
        self.acw = None
        # Calls she has to do with, the longest first; each with its service and origin as she had it.
        self.calls = {}
        self.had = {}
        self.last_origin = None
        self.state, self.since = None, None

    def state_now(self):
        if not self.on_duty:
            return None
        if self.calls:
            return ("Engaged", next(iter(self.calls.items())))
        if self.acw is not None:
            return ("After Call Work", (self.acw, self.had.get(self.acw, (None, "live"))))
        if self.rona:
            return ("RONA", None)
        if self.on_a_break:
            return ("Not Available", None)
        return ("Idle" if self.is_there else "Away", None)

    def settle(self, at, states):
        state = self.state_now()
        if state == self.state:
            return
        if self.state is not None and self.since < at:
            name, call = self.state
            service, origin = call[1] if call else (None, self.last_origin or "live")
            if origin == "live":
                states.append((self.number, service, name, self.since, at))
        self.state, self.since = state, at


class Past:
    """All events, taken in one by one."""

    def __init__(self):
        self.calls, self.attendants = {}, {}
        self.sessions, self.users, self.states = [], [], []

    def attendant(self, number):
        return self.attendants.setdefault(number, Attendant(number))

    def take(self, at, kind, said):
        call = self.take_call(at, kind, said)
        if call is not None:
            about = (call.session.service, call.origin)
            engaged = call.engaged() if call.number in self.calls else set()
            for number in engaged:
                one = self.attendant(number)
                one.calls[call.number] = one.had[call.number] = about
                one.last_origin = call.origin
            for number, one in self.attendants.items():
                if number not in engaged:
                    one.calls.pop(call.number, None)
        who = self.attendant(said["attendant"]) if isinstance(said, dict) and "attendant" in said else None
        match kind:
            case "duty_changed":
                who.on_duty = said["on_duty"]
            case "presence_changed":
                who.is_there = said["presence"] == "available"
            case "not_available_changed":
                who.on_a_break = said["reason"] is not None
            case "rona_began" | "rona_ended":
                who.rona = kind == "rona_began"
            case "acw_began":
                who.acw = said["call"]
            case "acw_ended":
                who.acw = None
            case "attendant_removed":
                who.on_duty = False
        for one in self.attendants.values():
            one.settle(at, self.states)

    def take_call(self, at, kind, said):
        match kind:
            case "call_arrived":
                call = Call(said["call"], said["origin"], said["party"], said["service"], at, at, False)
                self.calls[call.number] = call
                return call
            case "call_placed":
                party = said["target"]["party"]
                call = Call(said["call"], said["origin"], party, said["service"], at, at, True)
                call.with_attendant(said["attendant"], at)
                self.calls[call.number] = call
                return call
        call = self.calls.get(said.get("call")) if isinstance(said, dict) else None
        if call is None:
            return None
        call.take(kind, said, at)
        if kind == "callback_requested":
            back = Call(said["callback"], said["origin"], said["party"], said["service"], at, said["arrived"], True)
            self.calls[back.number] = back
        if kind == "call_ended":
            del self.calls[call.number]
        for session in call.over:
            self.finished(call, session)
        call.over = []
        return call

    def finished(self, call, session):
        if call.origin != "live":
            return
        key, first = (call.number, session.number), session.users and next((u for u in session.users if u.had()), None)
        self.sessions.append((
            *key, session.service, session.party, session.outbound, session.arrived, session.queued, session.accepted, session.ended,
            session.outcome, session.connected, session.hold, session.park, first.ring if first else 0,
        ))
        for user in session.users:
            if user.outcome is not None:
                self.users.append((
                    *key, user.attendant, session.service, user.began, USER[user.outcome], user.had(), user.ring, user.connected,
                    user.hold,
                ))


def read(path):
    past, before = Past(), 0
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            assert row["sequence"] == before + 1 and row["format"] == 1, row
            before = row["sequence"]
            event = row["event"]
            (kind, said), = event.items() if isinstance(event, dict) else ((event, {}),)
            past.take(row["at"], kind, said)
    return past


# -- sessions to figures ---------------------------------------------------------------------------------------------------------


def tables(past):
    db = duckdb.connect()
    db.execute("""
        create table sessions (call ubigint, part int, service ubigint, party ubigint, outbound bool, arrived bigint, queued bigint,
            accepted bigint, ended bigint, outcome int, connected bigint, hold bigint, park bigint, ring bigint);
        create table users (call ubigint, part int, attendant ubigint, service ubigint, began bigint, outcome int, had bool, ring bigint,
            connected bigint, hold bigint);
        create table states (attendant ubigint, service ubigint, state text, began bigint, ended bigint);
        create table asked (key int, begins bigint, ends bigint);
    """)
    for name, rows in (("sessions", past.sessions), ("users", past.users), ("states", past.states)):
        for at in range(0, len(rows), 500):
            some = rows[at : at + 500]
            row = "(" + ", ".join("?" * len(some[0])) + ")"
            db.execute(f"insert into {name} values " + ", ".join([row] * len(some)), [it for one in some for it in one])
    db.execute("""
        create table stays as select *,
            case when outbound then 'none' when accepted is not null then 'answered' when queued is null then 'none'
                when outcome = 4 then 'abandoned' when outcome in (1, 2, 17, 18) then 'none' else 'left' end as stay,
            greatest(case when accepted is not null then accepted - coalesce(queued, arrived) else ended - queued end, 0) as wait,
            accepted is not null and not outbound and outcome between 5 and 9 as handled
        from sessions
    """)
    # Internal, external, and either failed.
    db.execute("""
        create view transfers as select call, part, attendant, service, began, outcome in (5, 7) as internal, outcome in (5, 6) as succeeded
        from users where outcome between 5 and 8
    """)
    return db


def ratio(over, under):
    return None if under == 0 else repr(int(over) / int(under))


def percentiles(values, total):
    values = sorted(values or [])
    rank = lambda share: max(math.ceil(share * len(values)), 1) - 1
    shares = {"p50_ms": 0.5, "p80_ms": 0.8, "p90_ms": 0.9, "p95_ms": 0.95, "p99_ms": 0.99}
    return {"mean_ms": ratio(total, len(values))} | {
        name: values[rank(share)] if values else None for name, share in shares.items()
    }


class Question:
    def __init__(self, db, ask):
        self.db, self.ask, form = db, ask, ask["filter"]
        self.zone = ZoneInfo(form["time_zone"])
        first, last = date.fromisoformat(form["first_day"]), date.fromisoformat(form["last_day"])
        self.days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        self.begins, self.ends = self.midnight(first), self.midnight(last + timedelta(days=1))
        self.services = [int(it, 16) for it in form["services"]]
        self.attendant = form["attendant"] and int(form["attendant"], 16)
        self.party = form["caller"] and int(form["caller"], 16)
        self.call_by_call = bool(self.attendant or self.party or form["outcomes"])

    def midnight(self, day):
        return int(datetime(day.year, day.month, day.day, tzinfo=self.zone).timestamp()) * 1000

    def local(self, at):
        return datetime.fromtimestamp(at // 1000, timezone.utc).astimezone(self.zone)

    def steps(self, ms):
        for day in self.days:
            for begins in range(self.midnight(day), self.midnight(day + timedelta(days=1)), ms):
                yield begins

    def borders(self):
        match self.ask["grouping"]:
            case "quarter_hour":
                inner = list(self.steps(900_000))
            case "hour":
                inner = list(self.steps(3_600_000))
            case "day":
                inner = [self.midnight(day) for day in self.days]
            case "week":
                inner = [self.midnight(day) for day in self.days if day == self.days[0] or day.isoweekday() == 1]
            case "month":
                inner = [self.midnight(day) for day in self.days if day == self.days[0] or day.day == 1]
            case "whole":
                inner = [self.begins]
        return inner + [self.ends]

    def of_services(self, column="service"):
        return f"{column} in ({', '.join(map(str, self.services))})" if self.services else "true"

    def of_calls(self):
        outcomes = self.ask["filter"]["outcomes"]
        hers = f"exists (from users u where u.call = s.call and u.part = s.part and u.attendant = {self.attendant})"
        return " and ".join([
            self.of_services(), hers if self.attendant else "true", f"party = {self.party}" if self.party else "true",
            f"outcome in ({', '.join(map(str, outcomes))})" if outcomes else "true",
        ])

    def figures(self, ranges, key="key", idle=None):
        """Of each key; ranges are (key, begins, ends)."""
        db, t, h, short = self.db, *(self.ask[it] * 1000 for it in ("sla_seconds", "hang_up_seconds", "short_call_seconds"))
        db.execute("delete from asked")
        db.execute(
            "insert into asked values " + ", ".join(["(?, ?, ?)"] * len(ranges)), [it for one in ranges for it in one]
        )
        counted = db.execute(f"""
            with s as (select {key} as k, s.*, stay = 'abandoned' and wait >= {short} as gave_up
                from stays s join asked on arrived >= begins and arrived < ends where {self.of_calls()})
            select k, count(*) as sessions,
                count(*) filter (stay in ('answered', 'left') or gave_up) as queued,
                count(*) filter (stay = 'answered') as answered,
                count(*) filter (stay = 'answered' and handled) as handled,
                count(*) filter (gave_up) as abandoned,
                count(*) filter (stay = 'abandoned' and not gave_up) as short,
                count(*) filter (stay = 'answered' and wait <= {t}) as a_t,
                count(*) filter (gave_up and wait <= {t}) as b_t,
                count(*) filter (stay = 'answered' or gave_up or stay = 'left' and wait > {t}) as o_t,
                count(*) filter (stay = 'answered' and handled and wait <= {t}) as handled_t,
                count(*) filter (gave_up and wait <= {h}) as hung_up_t,
                coalesce(sum(wait) filter (stay = 'answered'), 0) as wait_ms,
                coalesce(sum(least(ring, wait)) filter (stay = 'answered'), 0) as ring_ms,
                coalesce(sum(wait) filter (stay = 'abandoned'), 0) as abandoned_wait_ms,
                coalesce(sum(connected) filter (not outbound), 0) as connected_ms,
                coalesce(sum(connected) filter (outbound), 0) as outbound_ms,
                sum(hold) as hold_ms, sum(park) as park_ms,
                list(wait) filter (stay = 'answered') as waits,
                list(connected) filter (stay = 'answered' and handled) as talks
            from s group by k
        """)
        names = [column[0] for column in counted.description]
        rows = {row[0]: dict(zip(names, row)) for row in counted.fetchall()}
        acw = {} if self.call_by_call else dict(db.execute(f"""
            select {key} as k, sum(least(ended, ends) - greatest(began, begins)) from states
            join asked on began < ends and ended > begins
            where state = 'After Call Work' and {self.of_services()} group by k
        """).fetchall())
        return {k: self.figure(rows.get(k, NOTHING), int(acw.get(k, 0)), idle) for k in rows.keys() | acw.keys()}

    def figure(self, it, acw, idle):
        it = {name: value if name in ("waits", "talks", "k") else int(value or 0) for name, value in it.items()}
        handling = it["connected_ms"] + acw
        busy = handling + it["outbound_ms"]
        values = [
            ratio(it["a_t"], it["o_t"] - it["b_t"]), ratio(it["a_t"], it["o_t"]), ratio(it["a_t"] + it["b_t"], it["o_t"]),
            ratio(it["handled_t"], it["handled"]), ratio(it["hung_up_t"], it["abandoned"]), ratio(it["handled"], it["queued"]),
            ratio(it["wait_ms"], it["answered"]), ratio(it["abandoned"], it["queued"]),
            None if self.call_by_call else ratio(handling, it["handled"]),
            None if self.call_by_call or idle is None else ratio(busy, busy + idle),
        ]
        return {name: it[name] for name in SHOWN} | {
            "acw_ms": acw,
            "kpis": [{"kpi": kpi, "value": value} for kpi, value in zip(KPIS, values)],
            "wait": percentiles(it["waits"], it["wait_ms"]),
            "handling": percentiles(it["talks"], it["connected_ms"]),
        }

    def attendants(self):
        if self.party or self.ask["filter"]["outcomes"]:
            return []
        whose = f"{self.of_services()} and {f'attendant = {self.attendant}' if self.attendant else 'true'}"
        users = self.db.execute(f"""
            select attendant, count(*) filter (had), count(*) filter (outcome = 2), count(*) filter (outcome = 3), sum(ring),
                sum(connected), sum(hold), list(connected) filter (had)
            from users where began >= {self.begins} and began < {self.ends} and {whose} group by attendant
        """).fetchall()
        users = {row[0]: row[1:] for row in users}
        spent = {}
        for attendant, state, ms in self.db.execute(f"""
            select attendant, state, sum(least(ended, {self.ends}) - greatest(began, {self.begins})) from states
            where began < {self.ends} and ended > {self.begins} and {whose} group by attendant, state
        """).fetchall():
            spent.setdefault(attendant, {})[state] = int(ms)
        rows = []
        for attendant in sorted(users.keys() | spent.keys()):
            had, declined, timed_out, ring, connected, hold, talks = users.get(attendant, (0, 0, 0, 0, 0, 0, []))
            states = spent.get(attendant, {})
            busy = int(connected) + states.get("After Call Work", 0)
            knows = bool(states) and not self.services
            rows.append({
                "attendant": f"{attendant:x}", "had": had, "declined": declined, "timed_out": timed_out, "aht_ms": ratio(busy, had),
                "occupancy": ratio(busy, busy + states.get("Idle", 0)) if knows else None,
                "handling": percentiles(talks, connected), "ring_ms": int(ring), "connected_ms": int(connected), "hold_ms": int(hold),
                "states": [{"state": state, "ms": states.get(state, 0)} for state in STATES],
            })
        return rows

    def answer(self):
        attendants = self.attendants()
        idle = None
        if not self.services and any(state["ms"] for one in attendants for state in one["states"]):
            idle = sum(state["ms"] for one in attendants for state in one["states"] if state["state"] == "Idle")
        whole, nothing = [(0, self.begins, self.ends)], self.figure(NOTHING, 0, None)
        borders = self.borders()
        pairs = list(zip(borders, borders[1:]))
        intervals = self.figures([(n, *pair) for n, pair in enumerate(pairs)])
        by_service = self.figures(whole, key="service")
        heat = {}
        if self.ask["heat_map"]:
            hours = [(self.local(at), at) for at in self.steps(3_600_000)]
            heat = self.figures([(local.isoweekday() * 100 + local.hour, at, at + 3_600_000) for local, at in hours])
        odd = [(day, (self.midnight(day + timedelta(days=1)) - self.midnight(day)) // 60_000) for day in self.days]
        figures = self.figures(whole, idle=idle).get(0)
        return {
            "from": self.begins, "to": self.ends,
            "odd_days": [{"day": day.isoformat(), "minutes": minutes} for day, minutes in odd if minutes != 1440],
            "total": figures or nothing,
            "intervals": [
                {"from": begins, "to": ends, "began": self.local(begins).isoformat(timespec="minutes"),
                    "figures": intervals.get(n, nothing)}
                for n, (begins, ends) in enumerate(pairs)
            ],
            "services": [
                {"service": None if it is None else f"{it:x}", "figures": by_service[it]}
                for it in sorted(by_service, key=lambda it: (it is not None, it or 0))
            ],
            "attendants": attendants, "outcomes": self.outcomes(), "waits": self.waits(),
            "heat_map": [
                {"weekday": key // 100, "hour": key % 100} | {name: heat[key][name] for name in ("sessions", "queued", "kpis")}
                for key in sorted(heat)
            ],
        }

    def these(self):
        return f"from stays s where arrived >= {self.begins} and arrived < {self.ends} and {self.of_calls()}"

    def outcomes(self):
        counts = dict(self.db.execute(f"select outcome, count(*) {self.these()} group by outcome").fetchall())
        handled = {5, 6, 7, 8, 9, 10, 11, 12, 17}
        return [{"outcome": it, "handled": it in handled, "calls": counts.get(it, 0)} for it in range(1, 19)]

    def waits(self):
        edges = [0, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600, None]
        rows = []
        for begins, ends in zip(edges, edges[1:]):
            within = f"wait >= {begins * 1000}" + (f" and wait < {ends * 1000}" if ends is not None else "")
            counts = self.db.execute(
                f"select count(*) filter (stay = 'answered'), count(*) filter (stay = 'abandoned'), count(*) filter (stay = 'left') "
                f"{self.these()} and {within}"
            ).fetchone()
            rows.append({"from_seconds": begins, "to_seconds": ends} | dict(zip(("answered", "abandoned", "left"), counts)))
        return rows


def rows(db, table):
    order = {
        "sessions": "call, part", "users": "call, part, began, attendant, outcome", "states": "attendant, began, ended",
        "transfers": "call, part, began, attendant, internal",
    }[table]
    found = db.execute(f"select * from {table} order by {order}")
    names = [column[0] for column in found.description]
    return [dict(zip(names, row)) for row in found.fetchall()]


if __name__ == "__main__":
    with open(sys.argv[2], encoding="utf-8") as file:
        questions = json.load(file)
    counted = tables(read(sys.argv[1]))
    answers = [rows(counted, ask["rows"]) if "rows" in ask else Question(counted, ask).answer() for ask in questions]
    json.dump(answers, sys.stdout)
