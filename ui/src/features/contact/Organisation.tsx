//! The organisation view of a card (DIR-4): who is above, who reports, and who else is of the department. What is known is shown at
//! once; a directory that tells of one person at a time is asked beside it, and where it cannot be, what it told last stays in grey
//! with its age. Each person leads to her card and is called or given a caller from here.

import { Button } from "@fluentui/react-components";
import { CallRegular, CallTransferRegular, PeopleCallRegular } from "@fluentui/react-icons";
import { useEffect, useState } from "react";
import type { ContactCardView, ContactView, ReportingLineView } from "../../platform/bindings";
import { ask, RefusedError } from "../../platform/platform";
import { transferable } from "../../shared/calls";
import { useClock } from "../../shared/clock";
import { consult, placeCall, putThrough } from "../../shared/commands";
import { useDesk } from "../../shared/desk";
import styles from "./contact.module.css";
import { contactWords } from "./contactWords";
import { Person } from "./Person";

const words = contactWords.organisation;
/** Its age moves in steps. */
const STEP_MS = 60_000;

interface Told {
  line: ReportingLineView | null;
  asking: boolean;
  problem: string | null;
}

const NOTHING: Told = { line: null, asking: false, problem: null };

/** What is known of it, and then what the directory says where it should be asked. */
function useReportingLine(contact: string): Told {
  const revision = useDesk((desk) => desk.contacts_revision);
  const [told, setTold] = useState(NOTHING);
  useEffect(() => {
    let open = true;
    const tell = (next: Partial<Told>) => {
      if (open) setTold((before) => ({ ...before, ...next }));
    };
    const read = async () => {
      const line = await ask("get_reporting_line", { contact, ask: false });
      tell({ line, asking: line.due, problem: null });
      if (line.due && open) {
        tell({ line: await ask("get_reporting_line", { contact, ask: true }), asking: false });
      }
    };
    read().catch((error: unknown) => tell({ asking: false, problem: RefusedError.from(error).message }));
    return () => {
      open = false;
    };
  }, [contact, revision]);
  return told;
}

export function Organisation({ card }: { card: ContactCardView }) {
  const { line, asking, problem } = useReportingLine(card.contact.id);
  const known = line !== null && (line.manager !== null || line.reports_total > 0);
  const why = problem ?? line?.problem ?? null;
  if (!known && !asking && why === null && card.colleagues.length === 0) return null;
  return (
    <section className={styles["part"]} aria-label={words.title}>
      <h3>{words.title}</h3>
      {line !== null && known && <Above line={line} />}
      {asking && <p className="quiet">{words.asking}</p>}
      {why !== null && <p className={styles["by"]}>{known ? words.old(why) : words.failed(why)}</p>}
      <Colleagues card={card} />
    </section>
  );
}

function Above({ line }: { line: ReportingLineView }) {
  const more = line.reports_total - line.reports.length;
  return (
    <div className={styles["people"]} data-old={line.problem !== null || undefined}>
      {line.manager !== null && (
        <>
          <h4>{words.manager}</h4>
          <People contacts={[line.manager]} />
        </>
      )}
      {line.reports_total > 0 && (
        <>
          <h4>{words.reports}</h4>
          <People contacts={line.reports} />
          {more > 0 && <p className="quiet">{words.more(more)}</p>}
        </>
      )}
      {line.told !== null && <Age told={line.told} />}
    </div>
  );
}

function Age({ told }: { told: number }) {
  const aged_ms = useClock((clock) => Math.max(0, Math.floor((clock - told) / STEP_MS) * STEP_MS));
  return <p className={styles["by"]}>{words.told(aged_ms)}</p>;
}

function Colleagues({ card: { contact, colleagues, colleagues_total } }: { card: ContactCardView }) {
  if (colleagues.length === 0) return null;
  const more = colleagues_total - colleagues.length;
  return (
    <>
      <h4>{contactWords.colleagues.title(contact.department)}</h4>
      <People contacts={colleagues} />
      {more > 0 && <p className="quiet">{words.more(more)}</p>}
    </>
  );
}

function People({ contacts }: { contacts: readonly ContactView[] }) {
  const given = useDesk(({ view }) => view !== null && transferable(view) !== null);
  return (
    <ul>
      {contacts.map((contact) => (
        <li key={contact.id} className={styles["line"]}>
          <Person contact={contact} />
          <span className="quiet cut">{contact.title}</span>
          <Ways contact={contact} given={given} />
        </li>
      ))}
    </ul>
  );
}

/** What is done with her: she is called, or where a call can be given away is consulted or given it. */
function Ways({ contact, given }: { contact: ContactView; given: boolean }) {
  const [endpoint] = contact.endpoints;
  if (endpoint === undefined) return null;
  const to = {
    address: endpoint.address,
    contact: contact.id,
    voicemail: endpoint.kind === "voicemail",
    service: null,
  };
  const { display_name } = contact;
  const way = (label: string, icon: React.JSX.Element, act: () => Promise<boolean>) => (
    <Button
      size="small"
      appearance="subtle"
      icon={icon}
      aria-label={label}
      title={label}
      onClick={() => void act()}
    />
  );
  return (
    <span className={styles["ways"]}>
      {given && way(words.putThrough(display_name), <CallTransferRegular />, () => putThrough(to, "safe"))}
      {given && way(words.consult(display_name), <PeopleCallRegular />, () => consult(to))}
      {!given && way(words.call(display_name), <CallRegular />, () => placeCall(to))}
    </span>
  );
}
