//! The results of the contact search: the rows, and what can be done with the chosen one. Fetched as soon as the first
//! screen is drawn. Keys are the search field's (`SearchPane`).

import { Button } from "@fluentui/react-components";
import { ContactCardRegular, StarFilled, StarRegular } from "@fluentui/react-icons";
import { type DragEvent, lazy, memo, type ReactNode, Suspense, useEffect, useRef } from "react";
import type { ContactView } from "../../platform/bindings";
import { run } from "../../shared/commands";
import { ask } from "../../platform/platform";
import { afterPresence, useDesk } from "../../shared/desk";
import { directoryWords } from "../../shared/directoryWords";
import { LivePresence } from "../../shared/livePresence";
import { Key, shortcut } from "../../shared/marks";
import { rowId, VirtualGrid } from "../../shared/VirtualGrid";
import { words } from "../../shared/words";
import styles from "./found.module.css";
import { highlighted, placesOf, type Ranges, rangesOf } from "./found";
import type { Deed, Found, Purpose } from "./search";

const here = directoryWords.found;

const Preflight = lazy(() => import("./Preflight"));

const ROW_HEIGHT = 46;
/** As many as are looked through without typing another letter. */
const SEEN_MAX = 60;
const SEEN_AFTER_MS = 150;

export interface FoundListProps {
  /** The id of the grid, which the field names as what it controls. */
  grid: string;
  rows: readonly Found[];
  selected: number;
  endpoint: number;
  purpose: Purpose;
  onSelect: (row: Found, endpoint: number) => void;
  /** The row under the pointer; `null` when it has left. */
  onPoint: (row: Found | null) => void;
  onDeed: (deed: Deed, row: Found, endpoint: number) => void;
  /** Where the rows have an order of hers: puts a contact before another one, or at the end. */
  onMove: ((contact: string, before: string | null) => void) | null;
}

/** The host follows the presence of those who are seen, and answers with what it knows already. */
function useSeen(rows: readonly Found[]): void {
  const ids = rows
    .slice(0, SEEN_MAX)
    .flatMap(({ contact }) => contact?.id ?? [])
    .join(" ");
  useEffect(() => {
    // Whoever types fast sees nobody for long.
    const timer = setTimeout(() => {
      const contacts = ids === "" ? [] : ids.split(" ");
      ask("see_contacts", { contacts }).then(
        (told) => useDesk.setState((desk) => afterPresence(desk, told)),
        () => undefined,
      );
    }, SEEN_AFTER_MS);
    return () => clearTimeout(timer);
  }, [ids]);
}

export default function FoundList(props: FoundListProps) {
  useSeen(props.rows);
  const { rows, selected, endpoint, purpose } = props;
  const chosen = rows[selected];
  return (
    <>
      {rows.length > 0 && (
        <Movable rows={rows} grid={props.grid} onMove={props.onMove}>
          <VirtualGrid
            id={props.grid}
            steered
            draggable={props.onMove !== null}
            label={words.search.results}
            items={rows}
            keyOf={(row) => row.key}
            rowHeight={ROW_HEIGHT}
            selected={selected}
            onSelect={(index) => rows[index] && props.onSelect(rows[index], 0)}
            onPoint={props.onPoint}
            onActivate={(row) => props.onDeed(purpose.main, row, 0)}
          >
            {(row, index) => <FoundCells found={row} endpoint={index === selected ? endpoint : 0} />}
          </VirtualGrid>
        </Movable>
      )}
      {chosen && (
        <Detail
          found={chosen}
          endpoint={endpoint}
          purpose={purpose}
          onEndpoint={(at) => props.onSelect(chosen, at)}
          onDeed={(deed) => props.onDeed(deed, chosen, endpoint)}
        />
      )}
    </>
  );
}

/** Rows are dropped onto others with the pointer; by keys it is Alt and an arrow in the field. */
function Movable({
  rows,
  grid,
  onMove,
  children,
}: Pick<FoundListProps, "rows" | "grid" | "onMove"> & { children: ReactNode }) {
  const dragged = useRef<Found | null>(null);
  const rowAt = (event: DragEvent): number => {
    const id = event.target instanceof Element ? event.target.closest("[role=row]")?.id : undefined;
    return rows.findIndex(({ key }) => rowId(grid, key) === id);
  };

  function drop(event: DragEvent): void {
    event.preventDefault();
    const moved = dragged.current?.contact;
    dragged.current = null;
    const to = rowAt(event);
    const target = rows[to]?.contact;
    if (!onMove || !moved || !target || moved.id === target.id) return;
    // Downwards she comes to stand behind the row she is dropped on, as it looks while dragging.
    const isDown = rows.findIndex(({ contact }) => contact?.id === moved.id) < to;
    onMove(moved.id, isDown ? (rows[to + 1]?.contact?.id ?? null) : target.id);
  }

  return (
    // eslint-disable-next-line jsx-a11y/no-static-element-interactions
    <div
      className={styles["movable"]}
      onDragStart={(event) => (dragged.current = rows[rowAt(event)] ?? null)}
      onDragOver={(event) => onMove !== null && dragged.current !== null && event.preventDefault()}
      onDrop={drop}
    >
      {children}
    </div>
  );
}

const FoundCells = memo(function FoundCells({ found, endpoint }: { found: Found; endpoint: number }) {
  const chosen = found.endpoints[endpoint];
  const { contact } = found;
  return (
    <>
      <div role="gridcell" className={styles["found"]}>
        <span className={styles["name"]}>
          <span className={`${styles["who"]} cut`}>
            {contact ? (
              <Marked text={contact.display_name} ranges={contact.matched} />
            ) : (
              (found.service?.name ?? chosen?.address)
            )}
          </span>
          {/* Seen before the name, read after it. */}
          {contact && <LivePresence contact={contact} />}
          {contact?.favourite && <StarFilled className={styles["star"]} aria-label={here.favourite} />}
        </span>
        <span className={`${styles["what"]} cut`}>
          {contact ? <Place contact={contact} /> : found.service ? words.search.service : words.search.typed}
        </span>
      </div>
      <div role="gridcell" className={styles["found-number"]}>
        {contact && chosen && (
          <>
            <span className="digits">
              <Marked text={chosen.address} ranges={rangesOf(contact, "number", chosen.address)} />
            </span>
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
    before.found.service?.name === after.found.service?.name &&
    before.found.endpoints === after.found.endpoints
  );
}

function Marked({ text, ranges }: { text: string; ranges: Ranges }) {
  return highlighted(text, ranges).map(({ text, hit }, index) =>
    hit ? <mark key={index}>{text}</mark> : <span key={index}>{text}</span>,
  );
}

/** What stands under a name; see [`placesOf`]. */
function Place({ contact }: { contact: ContactView }) {
  const parts = placesOf(contact);
  return parts.map(({ label, text, ranges }, index) => (
    <span key={index}>
      {index > 0 && " · "}
      {label !== "" && `${label}: `}
      <Marked text={text} ranges={ranges} />
    </span>
  ));
}

function Detail(props: {
  found: Found;
  endpoint: number;
  purpose: Purpose;
  onEndpoint: (endpoint: number) => void;
  onDeed: (deed: Deed) => void;
}) {
  const { found, purpose } = props;
  const name = found.contact?.display_name ?? found.service?.name ?? found.endpoints[0]?.address ?? "";
  return (
    <div className={styles["detail"]}>
      <div className={styles["detail-name"]}>
        <strong className="cut">{name}</strong>
        {found.contact && <ContactSigns contact={found.contact} />}
      </div>
      {found.contact && <Known contact={found.contact} />}
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
      {found.service && (
        <>
          <Suspense>
            <Preflight service={found.service.id} name={name} />
          </Suspense>
          <div className={styles["deeds"]}>
            <Button size="small" appearance="primary" onClick={() => props.onDeed("safe")}>
              {words.search.safe} <Key show="Enter" />
            </Button>
            <p className={styles["deed-hint"]}>{words.search.serviceHint}</p>
          </div>
        </>
      )}
      {found.endpoints.length > 0 && <Deeds purpose={purpose} onDeed={props.onDeed} />}
    </div>
  );
}

/** The star and the card of the chosen one, each with its key. */
function ContactSigns({ contact }: { contact: ContactView }) {
  const star = contact.favourite ? here.noFavourite : here.makeFavourite;
  return (
    <span className={styles["signs"]}>
      <button
        type="button"
        className={styles["sign"]}
        aria-pressed={contact.favourite}
        aria-label={star}
        title={star}
        onClick={() => run("favourite")}
        {...shortcut("favourite")}
      >
        {contact.favourite ? <StarFilled /> : <StarRegular />} <Key of="favourite" />
      </button>
      <button
        type="button"
        className={styles["sign"]}
        aria-label={here.openCard}
        title={here.openCard}
        onClick={() => run("open_card")}
        {...shortcut("open_card")}
      >
        <ContactCardRegular /> <Key of="open_card" />
      </button>
    </span>
  );
}

function Known({ contact }: { contact: ContactView }) {
  const where = [contact.city, contact.email].filter(Boolean).join(" · ");
  const names = [...new Set(contact.origins.map(({ name }) => name))];
  return (
    <p className={styles["known"]}>
      {contact.presence && <LivePresence contact={contact} spelt />}
      {where !== "" && <span className="cut">{where}</span>}
      <span className="cut" title={here.origins(names)}>
        {contact.gone ? here.gone : names.join(", ")}
      </span>
    </p>
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
