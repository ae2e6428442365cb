//! Who is asked for while a contact is away, until when and who said so, and whom the contact stands in for (DIR-4).

import { Button, Field, Input } from "@fluentui/react-components";
import { useEffect, useState } from "react";
import type { ContactCardView, ContactView, StandInView } from "../../platform/bindings";
import { ask } from "../../platform/platform";
import { hostNow } from "../../shared/clock";
import { act } from "../../shared/desk";
import { day, moment } from "../../shared/format";
import { LivePresence } from "../../shared/livePresence";
import styles from "./contact.module.css";
import { contactWords } from "./contactWords";
import { Person } from "./Person";

const words = contactWords.standIn;
/** A short list to choose from; whoever is not on it is found by another letter. */
const CHOICES_MAX = 8;

export function StandIn({ card }: { card: ContactCardView }) {
  const { contact, stand_in, stands_in_for } = card;
  const [choosing, setChoosing] = useState(false);

  function choose(chosen: string | null, until: number | null): void {
    void act("set_stand_in", { contact: contact.id, stand_in: chosen, until });
    setChoosing(false);
  }

  return (
    <section className={styles["part"]} aria-label={words.title}>
      <h3>{words.title}</h3>
      {stand_in === null ? <p className="quiet">{words.nobody}</p> : <Told told={stand_in} />}
      {choosing ? (
        <Chooser besides={contact.id} onChoose={choose} onCancel={() => setChoosing(false)} />
      ) : (
        <div className={styles["line"]}>
          <Button size="small" onClick={() => setChoosing(true)}>
            {stand_in === null ? words.choose : words.change}
          </Button>
          {stand_in !== null && (
            <Button size="small" onClick={() => choose(null, null)}>
              {words.remove}
            </Button>
          )}
        </div>
      )}
      {stands_in_for.length > 0 && <h3>{words.for}</h3>}
      {stands_in_for.map((told) => (
        <Told key={told.contact.id} told={told} />
      ))}
    </section>
  );
}

function Told({ told: { contact, until, by, at } }: { told: StandInView }) {
  return (
    <div>
      <p className={styles["line"]}>
        <Person contact={contact} />
        {until !== null && <span>{words.until(day(until))}</span>}
      </p>
      <p className={styles["by"]}>{words.said(by, moment(at, hostNow()))}</p>
    </div>
  );
}

interface ChooserProps {
  /** Nobody stands in for herself. */
  besides: string;
  onChoose: (contact: string, until: number | null) => void;
  onCancel: () => void;
}

function Chooser({ besides, onChoose, onCancel }: ChooserProps) {
  const [query, setQuery] = useState("");
  const [until, setUntil] = useState("");
  const found = useFound(query).filter(({ id }) => id !== besides);
  return (
    <>
      <Field label={words.search}>
        <Input autoComplete="off" value={query} onChange={(_, { value }) => setQuery(value)} />
      </Field>
      <Field label={words.untilLabel}>
        <Input type="date" value={until} onChange={(_, { value }) => setUntil(value)} />
      </Field>
      {query.trim() !== "" && (
        <div className={styles["choices"]} role="group" aria-label={words.results}>
          {found.length === 0 && <p className="quiet">{words.noResults}</p>}
          {found.map((contact) => (
            <button
              key={contact.id}
              type="button"
              className={styles["choice"]}
              onClick={() => onChoose(contact.id, endOf(until))}
            >
              <LivePresence contact={contact} />
              <strong>{contact.display_name}</strong>
              <span className="quiet cut">{contact.department}</span>
            </button>
          ))}
        </div>
      )}
      <Button size="small" className={styles["start"] ?? ""} onClick={onCancel}>
        {words.cancel}
      </Button>
    </>
  );
}

/** The last moment of a day of this computer's calendar; `null` where none was chosen. */
function endOf(day: string): number | null {
  if (day === "") return null;
  const end = new Date(`${day}T23:59:59.999`).getTime();
  return Number.isNaN(end) ? null : end;
}

function useFound(query: string): readonly ContactView[] {
  const [found, setFound] = useState<readonly ContactView[]>([]);
  useEffect(() => {
    let wanted = true;
    const asked =
      query.trim() === ""
        ? Promise.resolve(null)
        : ask("search_contacts", { query: query.trim(), limit: CHOICES_MAX });
    asked.then(
      (result) => wanted && setFound(result?.contacts ?? []),
      () => wanted && setFound([]),
    );
    return () => void (wanted = false);
  }, [query]);
  return found;
}
