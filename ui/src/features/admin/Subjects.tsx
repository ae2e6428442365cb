//! What is kept about one person who calls or is called (DATA-10): found by her numbers and contacts, shown, handed out as text and
//! JSON, erased after a question, with a receipt. Users of the organisation are elsewhere: they come from the directory.

import { Button, Checkbox, Field, Input, Spinner, Textarea } from "@fluentui/react-components";
import {
  AddRegular,
  ArrowDownloadRegular,
  DeleteRegular,
  DismissRegular,
  SearchRegular,
} from "@fluentui/react-icons";
import { type ReactNode, useEffect, useRef, useState } from "react";
import type {
  ContactView,
  ExportView,
  KeptAboutView,
  RetentionView,
  SubjectForm,
} from "../../platform/bindings";
import { ask, RefusedError } from "../../platform/platform";
import { useAsked } from "../../shared/asking";
import { hostNow } from "../../shared/clock";
import { moment } from "../../shared/format";
import { MayNot } from "../../shared/MayNot";
import { useMay } from "../../shared/rights";
import { Sure } from "../../shared/Sure";
import styles from "./admin.module.css";
import { adminWords } from "./adminWords";
import { sayDone } from "./asking";
import { Answer } from "./parts";
import { factsOf, isEmpty, receiptText, subjectOf } from "./subjects";
import { subjectsWords as words } from "./subjectsWords";

/** Contacts that are offered; more are found by typing more. */
const OFFERED_MAX = 8;

interface Shown {
  subject: SubjectForm;
  kept: KeptAboutView;
}

export function Subjects() {
  const allowed = useMay("erase-people");
  const [lines, setLines] = useState("");
  const [contacts, setContacts] = useState<readonly ContactView[]>([]);
  const [shown, setShown] = useState<Shown | null>(null);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const title = useRef<HTMLHeadingElement>(null);
  const subject = subjectOf(
    lines,
    contacts.map((contact) => contact.id),
  );
  const named = subject.numbers.length + subject.contacts.length > 0;
  useEffect(() => title.current?.focus(), [shown]);

  function show(): void {
    setBusy(true);
    setProblem(null);
    ask("get_kept_about", { subject })
      .then(
        (kept) => setShown({ subject, kept }),
        (error: unknown) => {
          setShown(null);
          setProblem(RefusedError.from(error).message);
        },
      )
      .finally(() => setBusy(false));
  }

  return (
    <div className={styles["scroll"]}>
      <p className="quiet">{words.text}</p>
      <MayNot action="erase-people" />
      <form
        className={styles["card"]}
        aria-label={adminWords.areas.subjects}
        onSubmit={(event) => {
          event.preventDefault();
          if (allowed && named && !busy) show();
        }}
      >
        <Field label={words.numbers} hint={words.numbersHint}>
          <Textarea
            value={lines}
            rows={3}
            readOnly={!allowed}
            spellCheck={false}
            onChange={(_, { value }) => setLines(value)}
          />
        </Field>
        <Contacts chosen={contacts} allowed={allowed} onChoose={setContacts} />
        <div className={styles["row"]}>
          <Button type="submit" appearance="primary" disabledFocusable={!allowed || !named || busy}>
            {words.show}
          </Button>
          {busy && <Spinner size="tiny" label={adminWords.loading} />}
        </div>
        <p role="alert" className={problem === null ? undefined : styles["warning"]}>
          {problem}
        </p>
      </form>
      {shown !== null && (
        <section className={styles["card"]} aria-labelledby="kept-title">
          <h2 id="kept-title" ref={title} tabIndex={-1}>
            {shown.kept.erased === null ? words.found : words.receipt}
          </h2>
          {shown.kept.erased === null ? (
            <Kept shown={shown} onErased={(kept) => setShown({ ...shown, kept })} />
          ) : (
            <Receipt kept={shown.kept} at={moment(shown.kept.erased, hostNow())} />
          )}
        </section>
      )}
      <LeftOut key={shown?.kept.erased ?? 0} />
      <Retention />
    </div>
  );
}

const leftOut = () => ask("get_left_out", {});

/** Who was erased and is not taken in again: how many, and the way to take them in again. */
function LeftOut() {
  const asked = useAsked(leftOut, 0);
  const allowed = useMay("erase-people");
  return (
    <section className={styles["card"]} aria-labelledby="left-out-title">
      <h2 id="left-out-title">{words.leftOut.title}</h2>
      <p className="quiet">{words.leftOut.text}</p>
      <Answer asked={asked}>
        {({ people }) => (
          <div className={styles["row"]}>
            <span>{words.leftOut.count(people)}</span>
            {people > 0 && (
              <Sure
                trigger={<Button disabledFocusable={!allowed}>{words.leftOut.clear}</Button>}
                title={words.leftOut.clearTitle}
                yes={words.leftOut.clearYes}
                onYes={() => ask("take_in_again", {})}
                onDone={() => {
                  sayDone(words.leftOut.cleared);
                  void asked.again();
                }}
              >
                <p>{words.leftOut.clearText(people)}</p>
              </Sure>
            )}
          </div>
        )}
      </Answer>
    </section>
  );
}

const retention = () => ask("get_transfer_retention", {});

function Retention() {
  const asked = useAsked(retention, 0);
  return (
    <section className={styles["card"]} aria-labelledby="retention-title">
      <h2 id="retention-title">{words.retention.title}</h2>
      <p className="quiet">{words.retention.text}</p>
      <Answer asked={asked}>{(found) => <Days key={found.days} found={found} onKept={asked.again} />}</Answer>
    </section>
  );
}

function Days({ found, onKept }: { found: RetentionView; onKept: () => Promise<void> }) {
  const allowed = useMay("erase-people");
  const [days, setDays] = useState(String(found.days));
  const number = Number(days);
  const fits = Number.isInteger(number) && number >= found.days_min && number <= found.days_max;
  return (
    <div className={styles["row"]}>
      <Field label={words.retention.days} hint={words.retention.hint(found.days_min, found.days_max)}>
        <Input
          inputMode="numeric"
          value={days}
          readOnly={!allowed}
          onChange={(_, { value }) => setDays(value)}
        />
      </Field>
      <Sure
        trigger={
          <Button disabledFocusable={!allowed || !fits || number === found.days}>
            {words.retention.change}
          </Button>
        }
        title={words.retention.title}
        yes={adminWords.save}
        onYes={() => ask("set_transfer_retention", { days: number })}
        onDone={() => {
          sayDone(words.retention.saved(number));
          void onKept();
        }}
      >
        <p>{words.retention.sure(number)}</p>
      </Sure>
    </div>
  );
}

function Contacts(props: {
  chosen: readonly ContactView[];
  allowed: boolean;
  onChoose: (contacts: readonly ContactView[]) => void;
}) {
  const [query, setQuery] = useState("");
  const [offered, setOffered] = useState<readonly ContactView[] | null>(null);
  const question = useRef(0);
  function search(value: string): void {
    setQuery(value);
    const mine = ++question.current;
    if (value.trim() === "") {
      setOffered(null);
      return;
    }
    ask("search_contacts", { query: value, limit: OFFERED_MAX, caller: null }).then(
      (found) => mine === question.current && setOffered(found.contacts),
      () => mine === question.current && setOffered([]),
    );
  }
  const chosen = new Set(props.chosen.map((contact) => contact.id));
  const open = offered?.filter((contact) => !chosen.has(contact.id)) ?? [];
  return (
    <>
      <Field label={words.contact} hint={words.contactHint}>
        <Input
          type="search"
          value={query}
          readOnly={!props.allowed}
          contentBefore={<SearchRegular aria-hidden />}
          autoComplete="off"
          onChange={(_, { value }) => search(value)}
        />
      </Field>
      {offered?.length === 0 && <p className="quiet">{words.noContact}</p>}
      <Rows contacts={open}>
        {(contact) => (
          <Button
            size="small"
            icon={<AddRegular />}
            aria-label={words.add(contact.display_name)}
            onClick={() => props.onChoose([...props.chosen, contact])}
          />
        )}
      </Rows>
      {props.chosen.length > 0 && <h3>{words.chosen}</h3>}
      <Rows contacts={props.chosen}>
        {(contact) => (
          <Button
            size="small"
            icon={<DismissRegular />}
            aria-label={words.drop(contact.display_name)}
            onClick={() => props.onChoose(props.chosen.filter((other) => other.id !== contact.id))}
          />
        )}
      </Rows>
    </>
  );
}

function Rows(props: { contacts: readonly ContactView[]; children: (contact: ContactView) => ReactNode }) {
  if (props.contacts.length === 0) return null;
  return (
    <dl className={styles["facts"]}>
      {props.contacts.map((contact) => (
        <div key={contact.id}>
          <dt>
            {contact.display_name}
            {contact.company !== "" && <span className={styles["small"]}> {contact.company}</span>}
          </dt>
          <dd>
            {contact.endpoints[0]?.address ?? contact.email} {props.children(contact)}
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Kept({ shown, onErased }: { shown: Shown; onErased: (kept: KeptAboutView) => void }) {
  const { subject, kept } = shown;
  const [problem, setProblem] = useState<string | null>(null);
  const [leave_out, setLeaveOut] = useState(false);
  function hand(out: (made: ExportView) => void): void {
    setProblem(null);
    ask("export_kept_about", { subject }).then(out, (error: unknown) =>
      setProblem(RefusedError.from(error).message),
    );
  }
  if (isEmpty(kept)) return <p className="quiet">{words.none}</p>;
  return (
    <>
      <Facts kept={kept} />
      <Stays kept={kept} />
      <div className={styles["row"]}>
        <Button
          icon={<ArrowDownloadRegular />}
          onClick={() => hand((made) => save(`${made.file_name}.txt`, made.text, "text/plain"))}
        >
          {words.readable}
        </Button>
        <Button
          icon={<ArrowDownloadRegular />}
          onClick={() => hand((made) => save(`${made.file_name}.json`, made.json, "application/json"))}
        >
          {words.machine}
        </Button>
        <Sure
          trigger={<Button icon={<DeleteRegular />}>{words.erase}</Button>}
          title={words.eraseTitle}
          yes={words.eraseYes}
          onYes={() => ask("erase_kept_about", { subject, leave_out }).then(onErased)}
          onDone={() => sayDone(words.erased)}
        >
          <p>{words.eraseText}</p>
          <Facts kept={kept} />
          {kept.contacts.length > 0 && (
            <Checkbox
              label={words.leaveOut}
              checked={leave_out}
              onChange={(_, { checked }) => setLeaveOut(checked === true)}
            />
          )}
          <Stays kept={kept} />
        </Sure>
      </div>
      <p role="alert" className={problem === null ? undefined : styles["warning"]}>
        {problem}
      </p>
    </>
  );
}

function Receipt({ kept, at }: { kept: KeptAboutView; at: string }) {
  return (
    <>
      <p>{words.receiptText(at)}</p>
      <Facts kept={kept} />
      <Stays kept={kept} />
      <div className={styles["row"]}>
        <Button
          icon={<ArrowDownloadRegular />}
          onClick={() => save(`${words.receiptFile}.txt`, receiptText(kept, at), "text/plain")}
        >
          {words.saveReceipt}
        </Button>
      </div>
    </>
  );
}

function Facts({ kept }: { kept: KeptAboutView }) {
  return (
    <dl className={styles["facts"]}>
      {factsOf(kept).map(({ name, value }) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Stays({ kept }: { kept: KeptAboutView }) {
  return (
    <>
      <h3>{words.stays}</h3>
      <ul>
        {kept.stays.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
    </>
  );
}

/** Hands a text to the browser as a file. */
function save(name: string, text: string, type: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
