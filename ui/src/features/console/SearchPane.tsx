//! Right: the contact search. The cursor stays in the field; arrows choose a contact and one of its numbers, Enter does
//! what the line under the field says.

import { Button } from "@fluentui/react-components";
import { SearchRegular } from "@fluentui/react-icons";
import { type KeyboardEvent, memo, useState } from "react";
import type { ConsoleView, ContactView } from "../../platform/bindings";
import { targetsOf, useCallerCard } from "../../shared/callerCard";
import { transferable } from "../../shared/calls";
import { run } from "../../shared/commands";
import { useDesk } from "../../shared/desk";
import { partyDetail, partyName } from "../../shared/format";
import type { Action } from "../../shared/keymap";
import { Key, shortcut } from "../../shared/marks";
import { focusRegion, useScreen } from "../../shared/screen";
import { movedBy, rowId, VirtualGrid } from "../../shared/VirtualGrid";
import { words } from "../../shared/words";
import styles from "./console.module.css";
import {
  type Deed,
  destinationOf,
  doDeed,
  type Found,
  foundRows,
  highlighted,
  type Purpose,
  purposeNow,
  useSearch,
} from "./search";

const GRID = "found";
const ROW_HEIGHT = 46;
const PAGE_ROWS = 8;

export function SearchPane() {
  const view = useDesk((desk) => desk.view);
  return view ? <ContactSearch view={view} /> : null;
}

interface Choice {
  row: number;
  endpoint: number;
  /** Chosen with the arrows: then Enter means it even when nothing was typed. */
  moved: boolean;
}

const FIRST: Choice = { row: 0, endpoint: 0, moved: false };

function ContactSearch({ view }: { view: ConsoleView }) {
  const chosenPurpose = useScreen((screen) => screen.purpose);
  const [query, setQuery] = useState("");
  const [choice, setChoice] = useState<Choice>(FIRST);
  const { result, failed } = useSearch(query);
  const rows = foundRows(query, result);
  const purpose = purposeNow(view, chosenPurpose);
  // Without a word typed or an arrow pressed nothing is chosen, so that a stray Enter calls nobody.
  const armed = query.trim() !== "" || choice.moved;
  const selectedRow = armed ? Math.min(choice.row, rows.length - 1) : -1;
  const selected = rows[selectedRow];

  async function perform(deed: Deed, found: Found | undefined, endpoint: number): Promise<void> {
    const to = found && destinationOf(found, endpoint);
    if (!to) return;
    if (!(await doDeed(deed, to))) return;
    // Meanwhile she may have typed or chosen the next one: that stays.
    setQuery((now) => (now === query ? "" : now));
    setChoice((now) => (now === choice ? FIRST : now));
  }

  function onKeyDown(event: KeyboardEvent<HTMLInputElement>): void {
    if (event.nativeEvent.isComposing) return;
    if (handled(event)) event.preventDefault();
  }

  function handled(event: KeyboardEvent<HTMLInputElement>): boolean {
    if (event.key === "Enter") return onEnter(event);
    if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return false;
    if (event.key === "Escape") return stepBack();
    if (event.key === "ArrowLeft" || event.key === "ArrowRight") return chooseEndpoint(event);
    if (event.key === "Home" || event.key === "End") return false;
    const row = movedBy(event.key, selectedRow, rows.length, PAGE_ROWS);
    if (row === null) return false;
    setChoice({ row, endpoint: 0, moved: true });
    return true;
  }

  function onEnter(event: KeyboardEvent<HTMLInputElement>): boolean {
    if (event.ctrlKey || event.metaKey) return false;
    if (!armed) return false;
    const aside = purpose.about === null ? null : event.shiftKey ? "consult" : event.altKey ? "blind" : null;
    void perform(aside ?? purpose.main, selected, choice.endpoint);
    return true;
  }

  function stepBack(): boolean {
    if (query !== "") {
      setQuery("");
      setChoice(FIRST);
    } else {
      useScreen.setState({ purpose: "default" });
      focusRegion("calls");
    }
    return true;
  }

  /** Left and right choose a number where they would not move the cursor through the text. */
  function chooseEndpoint(event: KeyboardEvent<HTMLInputElement>): boolean {
    const field = event.currentTarget;
    const atEnd = field.selectionStart === field.value.length && field.selectionEnd === field.value.length;
    const step = event.key === "ArrowRight" ? 1 : -1;
    const next = choice.endpoint + step;
    if (!atEnd || next < 0 || next >= (selected?.endpoints.length ?? 0)) return false;
    setChoice({ ...choice, endpoint: next, moved: true });
    return true;
  }

  return (
    <section
      className={`${styles["pane"]} ${styles["search-pane"]}`}
      aria-label={words.search.region}
      data-pane="search"
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
          onChange={(event) => {
            setQuery(event.target.value);
            setChoice(FIRST);
          }}
          onKeyDown={onKeyDown}
          {...shortcut("search")}
        />
        <Key of="search" />
      </div>
      <PurposeLine purpose={purpose} chosen={chosenPurpose !== "default"} />
      <QuickTargets view={view} />
      <p className={styles["count"]} role="status">
        {statusLine(query, rows.length, result?.total ?? 0, failed)}
      </p>
      {rows.length > 0 && (
        <VirtualGrid
          id={GRID}
          steered
          label={words.search.results}
          items={rows}
          keyOf={(row) => row.key}
          rowHeight={ROW_HEIGHT}
          selected={selectedRow}
          onSelect={(row) => setChoice({ row, endpoint: 0, moved: true })}
          onActivate={(row) => void perform(purpose.main, row, 0)}
        >
          {(row, index) => <FoundCells found={row} endpoint={index === selectedRow ? choice.endpoint : 0} />}
        </VirtualGrid>
      )}
      {selected && (
        <Detail
          found={selected}
          endpoint={choice.endpoint}
          purpose={purpose}
          onEndpoint={(endpoint) => setChoice({ ...choice, endpoint, moved: true })}
          onDeed={(deed) => void perform(deed, selected, choice.endpoint)}
        />
      )}
    </section>
  );
}

function searchLabel({ main, about }: Purpose): string {
  if (about === null) return words.search.label;
  return main === "consult" ? words.search.purposeConsult(about) : words.search.purposeTransfer(about);
}

function statusLine(query: string, rows: number, total: number, failed: boolean): string {
  if (failed) return words.search.failed;
  if (rows > 0) return total === 0 ? "" : words.search.total(rows, total);
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
      <h3>{words.calls.before}</h3>
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
                  aria-label={words.calls.putThroughAgain(who, past.times)}
                  onClick={() => run(action)}
                  {...shortcut(action)}
                >
                  <Key of={action} />
                  <span className="cut">
                    <strong>{who}</strong> <span className="quiet">{partyDetail(past.target)}</span>
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

const FoundCells = memo(function FoundCells({ found, endpoint }: { found: Found; endpoint: number }) {
  const chosen = found.endpoints[endpoint];
  return (
    <>
      <div role="gridcell" className={styles["found"]}>
        <span className={`${styles["who"]} cut`}>
          {found.contact ? <Name contact={found.contact} /> : chosen?.address}
        </span>
        <span className={`${styles["what"]} cut`}>
          {found.contact ? place(found.contact) : words.search.typed}
        </span>
      </div>
      <div role="gridcell" className={styles["found-number"]}>
        {found.contact && chosen && (
          <>
            <span className="digits">{chosen.address}</span>
            <span className={styles["what"]}>
              {words.endpoint[chosen.kind]}
              {found.endpoints.length > 1 && ` · ${endpoint + 1}/${found.endpoints.length}`}
            </span>
          </>
        )}
      </div>
    </>
  );
}, sameFound);

function sameFound(
  before: { found: Found; endpoint: number },
  after: { found: Found; endpoint: number },
): boolean {
  return (
    before.endpoint === after.endpoint &&
    before.found.contact === after.found.contact &&
    before.found.endpoints === after.found.endpoints
  );
}

function Name({ contact }: { contact: ContactView }) {
  return highlighted(contact.display_name, contact.matched).map(({ text, hit }, index) =>
    hit ? <mark key={index}>{text}</mark> : <span key={index}>{text}</span>,
  );
}

function place(contact: ContactView): string {
  return [contact.title, contact.department, contact.company].filter((part) => part !== "").join(" · ");
}

function Detail(props: {
  found: Found;
  endpoint: number;
  purpose: Purpose;
  onEndpoint: (endpoint: number) => void;
  onDeed: (deed: Deed) => void;
}) {
  const { found, purpose } = props;
  const name = found.contact?.display_name ?? found.endpoints[0]?.address ?? "";
  return (
    <div className={styles["detail"]}>
      <div className={styles["detail-name"]}>
        <strong className="cut">{name}</strong>
        {found.contact && (
          <span className="quiet cut">
            {[found.contact.city, found.contact.email].filter(Boolean).join(" · ")}
          </span>
        )}
      </div>
      {found.contact?.notes && <p className={styles["detail-notes"]}>{found.contact.notes}</p>}
      {found.contact && (
        <div className={styles["endpoints"]} role="group" aria-label={words.search.numbers(name)}>
          {found.endpoints.length === 0 && <span className="quiet">{words.search.noNumber}</span>}
          {found.endpoints.map((endpoint, index) => (
            <button
              key={`${endpoint.kind} ${endpoint.address}`}
              type="button"
              className={styles["endpoint"]}
              aria-pressed={index === props.endpoint}
              onClick={() => props.onEndpoint(index)}
            >
              <span className="quiet">{words.endpoint[endpoint.kind]}</span> {endpoint.address}
            </button>
          ))}
        </div>
      )}
      {found.endpoints.length > 0 && <Deeds purpose={purpose} onDeed={props.onDeed} />}
    </div>
  );
}

function Deeds({ purpose, onDeed }: { purpose: Purpose; onDeed: (deed: Deed) => void }) {
  if (purpose.about === null) {
    return (
      <div className={styles["deeds"]}>
        <Button size="small" appearance="primary" onClick={() => onDeed("call")}>
          {words.search.call} <Key show="Enter" />
        </Button>
      </div>
    );
  }
  const consultFirst = purpose.main === "consult";
  return (
    <div className={styles["deeds"]}>
      <Button
        size="small"
        appearance={consultFirst ? "secondary" : "primary"}
        title={words.search.safeHint}
        onClick={() => onDeed("safe")}
      >
        {words.search.safe} {!consultFirst && <Key show="Enter" />}
      </Button>
      <Button
        size="small"
        appearance={consultFirst ? "primary" : "secondary"}
        title={words.search.consultHint}
        onClick={() => onDeed("consult")}
      >
        {words.search.consult} <Key show={consultFirst ? "Enter" : "Shift+Enter"} />
      </Button>
      <Button size="small" title={words.search.blindHint} onClick={() => onDeed("blind")}>
        {words.search.blind} <Key show="Alt+Enter" />
      </Button>
      <p className={styles["deed-hint"]}>{consultFirst ? words.search.consultHint : words.search.safeHint}</p>
    </div>
  );
}
