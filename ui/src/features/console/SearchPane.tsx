//! Right: the contact search. The cursor stays in the field; arrows choose a contact and one of its numbers, Enter does
//! what the line under the field says.

import { SearchRegular } from "@fluentui/react-icons";
import { type KeyboardEvent, lazy, Suspense, useEffect, useRef, useState } from "react";
import type { ConsoleView, GroupView, SearchResult } from "../../platform/bindings";
import { targetsOf, useCallerCard } from "../../shared/callerCard";
import { transferable } from "../../shared/calls";
import { run } from "../../shared/commands";
import { useDesk } from "../../shared/desk";
import { partyDetail, partyName, typedAddress } from "../../shared/format";
import type { Action } from "../../shared/keymap";
import { Key, shortcut } from "../../shared/marks";
import { beforeWhom, place, useGroups } from "../../shared/personal";
import { focusRegion, useScreen } from "../../shared/screen";
import { movedBy, rowId } from "../../shared/VirtualGrid";
import { words } from "../../shared/words";
import styles from "./console.module.css";
import {
  begunOperator,
  type Deed,
  destinationOf,
  doDeed,
  EVERYBODY,
  type Found,
  foundRows,
  foundServices,
  groupBeside,
  groupShown,
  type Places,
  type Purpose,
  purposeNow,
  useSearch,
  withOperator,
} from "./search";

const FoundList = lazy(() => import("./FoundList"));
const GroupBar = lazy(() => import("./GroupBar"));
const SearchHints = lazy(() => import("./SearchHints"));

const GRID = "found";
const PAGE_ROWS = 8;
const STEPS: Readonly<Record<string, 1 | -1>> = { ArrowUp: -1, ArrowDown: 1 };

export function SearchPane() {
  const view = useDesk((desk) => desk.view);
  return view ? <ContactSearch view={view} /> : null;
}

interface Choice {
  /** `null`: the first row, whichever it is. */
  key: string | null;
  endpoint: number;
}

const FIRST: Choice = { key: null, endpoint: 0 };

function ContactSearch({ view }: { view: ConsoleView }) {
  const chosenPurpose = useScreen((screen) => screen.purpose);
  const [query, setQuery] = useState("");
  const [choice, setChoice] = useState<Choice>(FIRST);
  const places = useRef<Places>({ chosen: null, pointed: null });
  /** Grows with everything she does, so that an Enter which still waits knows that she went on. */
  const steps = useRef(0);
  const { result, failed, answer } = useSearch(query, transferable(view)?.caller.party ?? null, places);
  const purpose = purposeNow(view, chosenPurpose);
  const [group, setGroup] = useState<string | null>(null);
  const groups = useGroups();
  const home = query.trim() === "" ? groupShown(groups, group) : null;
  const rows = foundRows(query, home ?? result, foundServices(query, view.services, purpose.main));
  // Without a word typed or a row chosen nothing is armed, so that a stray Enter calls nobody.
  const armed = query.trim() !== "" || choice.key !== null;
  const chosenRow = choice.key === null ? 0 : rows.findIndex(({ key }) => key === choice.key);
  const selectedRow = armed ? Math.max(0, chosenRow) : -1;
  const selected = rows[selectedRow];
  const chosen = selected?.contact ?? null;
  useEffect(() => {
    useScreen.setState({ chosen });
    return () => useScreen.setState({ chosen: null });
  }, [chosen]);

  function choose(next: Choice): void {
    places.current.chosen = next.key;
    steps.current += 1;
    setChoice(next);
  }

  function type(text: string): void {
    setQuery(text);
    places.current.pointed = null;
    choose(FIRST);
  }

  async function perform(deed: Deed, found: Found | undefined, endpoint: number): Promise<void> {
    const to = found && destinationOf(found, endpoint);
    if (!to) return;
    if (!(await doDeed(deed, to))) return;
    // Meanwhile she may have typed or chosen the next one: that stays.
    setQuery((now) => (now === query ? "" : now));
    setChoice((now) => (now === choice ? FIRST : now));
  }

  /** The contacts on the screen may still be those of the letters before: what Enter means is the first of what she typed. */
  async function performAwaited(deed: Deed): Promise<void> {
    const step = steps.current;
    const arrived = await answer.current;
    if (arrived === null || step !== steps.current) return;
    await perform(deed, foundRows(query, arrived)[0], 0);
  }

  function onKeyDown(event: KeyboardEvent<HTMLInputElement>): void {
    if (event.nativeEvent.isComposing) return;
    if (handled(event)) event.preventDefault();
  }

  function handled(event: KeyboardEvent<HTMLInputElement>): boolean {
    if (event.key === "Enter") return onEnter(event);
    const step = STEPS[event.key];
    if (step && event.altKey && home && chosen) return moveInGroup(home, chosen.id, step);
    if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return false;
    if (event.key === "Tab") return completeOperator();
    if (event.key === "Escape") return stepBack();
    if (event.key === "ArrowLeft" || event.key === "ArrowRight") return chooseEndpoint(event);
    if (event.key === "Home" || event.key === "End") return false;
    const row = movedBy(event.key, selectedRow, rows.length, PAGE_ROWS);
    if (row === null) return false;
    choose({ key: rows[row]?.key ?? null, endpoint: 0 });
    return true;
  }

  function onEnter(event: KeyboardEvent<HTMLInputElement>): boolean {
    if (event.ctrlKey || event.metaKey) return false;
    if (!armed) return false;
    const aside = purpose.about === null ? null : event.shiftKey ? "consult" : event.altKey ? "blind" : null;
    const deed = aside ?? purpose.main;
    const early = choice.key === null && !selected?.service && result?.query !== query.trim();
    if (early && typedAddress(query) === null) void performAwaited(deed);
    else void perform(deed, selected, choice.endpoint);
    return true;
  }

  function completeOperator(): boolean {
    const begun = begunOperator(query);
    if (begun !== null) type(withOperator(query, begun));
    return begun !== null;
  }

  function stepBack(): boolean {
    if (query !== "") type("");
    else {
      useScreen.setState({ purpose: "default" });
      focusRegion("calls");
    }
    return true;
  }

  function showGroup(shown: string): void {
    setGroup(shown);
    choose(FIRST);
  }

  function moveInGroup({ id, contacts }: GroupView, contact: string, step: 1 | -1): boolean {
    const before = beforeWhom(contacts, contact, step);
    if (before !== undefined) void place(id, contact, before);
    return true;
  }

  /** Left and right choose a number where they would not move the cursor through the text. */
  function chooseEndpoint(event: KeyboardEvent<HTMLInputElement>): boolean {
    const field = event.currentTarget;
    const atEnd = field.selectionStart === field.value.length && field.selectionEnd === field.value.length;
    const step = event.key === "ArrowRight" ? 1 : -1;
    if (query === "" && selected === undefined) {
      showGroup(groupBeside(groups, home?.id ?? EVERYBODY, step));
      return true;
    }
    const next = choice.endpoint + step;
    if (!atEnd || selected === undefined || next < 0 || next >= selected.endpoints.length) return false;
    choose({ key: selected.key, endpoint: next });
    return true;
  }

  return (
    <section
      className={`${styles["pane"]} ${styles["search-pane"]}`}
      aria-label={words.search.region}
      data-pane="search"
      data-typed={query !== "" || undefined}
      data-purpose={purpose.about === null ? "call" : purpose.main}
    >
      <div className={styles["search-head"]}>
        <SearchRegular fontSize={18} aria-hidden />
        <input
          data-search
          className={styles["search-field"]}
          type="text"
          role="combobox"
          aria-label={searchLabel(purpose)}
          aria-expanded={rows.length > 0}
          aria-haspopup="grid"
          aria-controls={GRID}
          aria-activedescendant={selected ? rowId(GRID, selected.key) : undefined}
          aria-autocomplete="list"
          autoComplete="off"
          spellCheck={false}
          placeholder={words.search.placeholder}
          value={query}
          onChange={(event) => type(event.target.value)}
          onKeyDown={onKeyDown}
          {...shortcut("search")}
        />
        <Key of="search" />
      </div>
      <PurposeLine purpose={purpose} chosen={chosenPurpose !== "default"} />
      <QuickTargets view={view} />
      <Suspense>
        {query === "" && groups.some(({ contacts }) => contacts.length > 0) && (
          <GroupBar groups={groups} shown={home?.id ?? EVERYBODY} onShow={showGroup} />
        )}
      </Suspense>
      <div className={styles["count"]}>
        {/* Above rows it stays one line, so that none of them moves. */}
        <p className={rows.length > 0 ? "cut" : undefined} role="status">
          {home === null && statusLine(query, rows, result, failed)}
        </p>
        <Suspense>{(query !== "" || home) && !result?.forgiven && <SearchHints query={query} />}</Suspense>
      </div>
      <Suspense>
        <FoundList
          grid={GRID}
          rows={rows}
          selected={selectedRow}
          endpoint={choice.endpoint}
          purpose={purpose}
          onMove={home && ((contact, before) => void place(home.id, contact, before))}
          onSelect={(row, endpoint) => choose({ key: row.key, endpoint })}
          onPoint={(row) => (places.current.pointed = row?.key ?? null)}
          onDeed={(deed, row, endpoint) => void perform(deed, row, endpoint)}
        />
      </Suspense>
    </section>
  );
}

function searchLabel({ main, about }: Purpose): string {
  if (about === null) return words.search.label;
  return main === "consult" ? words.search.purposeConsult(about) : words.search.purposeTransfer(about);
}

function statusLine(
  query: string,
  rows: readonly Found[],
  result: SearchResult | null,
  failed: boolean,
): string {
  if (failed) return words.search.failed;
  const total = result?.total ?? 0;
  const contacts = rows.filter((row) => row.contact !== null).length;
  if (result && result.forgiven !== null) return words.search.forgiven(result.forgiven);
  if (rows.length > 0) return total === 0 ? "" : words.search.total(contacts, total, result?.more ?? false);
  return query.trim() === "" ? words.search.emptyBook : words.search.none(query.trim());
}

/** Says before the key is pressed what Enter will do, and to whom. */
function PurposeLine({ purpose, chosen }: { purpose: Purpose; chosen: boolean }) {
  if (purpose.about === null) return null;
  return (
    <p className={styles["purpose"]} data-deed={purpose.main}>
      <span className="cut">{searchLabel(purpose)}</span>
      {chosen && <Key show="Esc" />}
    </p>
  );
}

/** Where this caller was put through before: one key each. */
function QuickTargets({ view }: { view: ConsoleView }) {
  const subject = transferable(view);
  const card = useCallerCard(subject?.caller.party);
  const targets = subject ? targetsOf(card) : [];
  if (!subject || targets.length === 0) return null;
  return (
    <section className={styles["quick"]} aria-label={words.search.quick(partyName(subject.caller))}>
      <h3>
        {words.calls.before} {card && <small>{words.calls.kept(card.kept.days)}</small>}
      </h3>
      <ul>
        {targets.map((past, index) => {
          const action = QUICK_ACTIONS[index];
          const who = partyName(past.target);
          return (
            action && (
              <li key={past.target.party}>
                <button
                  type="button"
                  className={styles["quick-target"]}
                  aria-label={words.calls.putThroughAgain(who, past.times, words.calls.ended[past.ended])}
                  onClick={() => run(action)}
                  {...shortcut(action)}
                >
                  <Key of={action} />
                  <span className="cut">
                    <strong>{who}</strong>{" "}
                    <span className="quiet">{words.calls.ended[past.ended] || partyDetail(past.target)}</span>
                  </span>
                  <span className={styles["times"]}>{words.calls.times(past.times)}</span>
                </button>
              </li>
            )
          );
        })}
      </ul>
    </section>
  );
}

const QUICK_ACTIONS: readonly Action[] = ["target_1", "target_2", "target_3"];
