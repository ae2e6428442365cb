//! Whether a caller's number is blocked or marked as spam, why and by whom; doing that and taking it back. What becomes of such
//! calls is the host's.

import { Button, Field, Input } from "@fluentui/react-components";
import { type SubmitEvent, useState } from "react";
import type { CallerCard, ListedView, ListingName } from "../platform/bindings";
import { cardWords } from "./cardWords";
import { hostNow } from "./clock";
import styles from "./CardDialog.module.css";
import { act } from "./desk";
import { moment } from "./format";
import { useMay } from "./rights";

const words = cardWords.listed;

export function Listed({ card, number }: { card: CallerCard; number: string }) {
  const may = useMay("list-numbers");
  const [asked, setAsked] = useState<ListingName | null>(null);
  if (card.listed !== null) return <Standing listed={card.listed} may={may} />;
  if (!may) return null;
  return (
    <section aria-label={words.title}>
      <h3>{words.title}</h3>
      {asked === null ? (
        <p className={styles["kept"]}>
          <Button size="small" onClick={() => setAsked("blocked")}>
            {words.block}
          </Button>
          <Button size="small" onClick={() => setAsked("spam")}>
            {words.spam}
          </Button>
        </p>
      ) : (
        <Reason kind={asked} number={number} onClose={() => setAsked(null)} />
      )}
    </section>
  );
}

function Standing({ listed, may }: { listed: ListedView; may: boolean }) {
  return (
    <section className={styles["listed"]} aria-label={words.title}>
      <p>
        <strong>{words.is[listed.kind]}</strong> {listed.prefix && words.prefix(listed.number)}
      </p>
      {listed.reason !== "" && <p>{listed.reason}</p>}
      <p className={styles["kept"]}>
        <span>{words.by(listed.by, moment(listed.at, hostNow()))}</span>
        {may && (
          <Button size="small" onClick={() => void act("unlist_number", { listed: listed.id })}>
            {words.takeBack}
          </Button>
        )}
      </p>
    </section>
  );
}

function Reason({ kind, number, onClose }: { kind: ListingName; number: string; onClose: () => void }) {
  const [reason, setReason] = useState("");

  async function list(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    if (await act("list_number", { form: { kind, number, prefix: false, reason: reason.trim() } })) onClose();
  }

  return (
    <form className={styles["reason"]} onSubmit={(event) => void list(event)}>
      <p>{words.is[kind]}</p>
      <Field label={words.reason} hint={words.reasonHint}>
        <Input autoComplete="off" value={reason} onChange={(_, { value }) => setReason(value)} />
      </Field>
      <p className={styles["kept"]}>
        <Button size="small" appearance="primary" type="submit">
          {words.yes[kind]}
        </Button>
        <Button size="small" onClick={onClose}>
          {words.cancel}
        </Button>
      </p>
    </form>
  );
}
