//! The card of a contact (DIR-4): every number with the one that is tried first, the calendar now and next, who stands in, the
//! notes, her groups, who is above and below her, and where all that comes from. The host keeps it; this shows and asks.

import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  Spinner,
  ToggleButton,
} from "@fluentui/react-components";
import { ArrowLeftRegular, CallRegular, StarFilled, StarRegular } from "@fluentui/react-icons";
import { useCallback, useEffect, useRef, useState, type RefObject } from "react";
import type { ContactCardView, ContactView, EndpointView } from "../../platform/bindings";
import { ask } from "../../platform/platform";
import { useAsked } from "../../shared/asking";
import { placeCall } from "../../shared/commands";
import { act, useDesk } from "../../shared/desk";
import { LivePresence } from "../../shared/livePresence";
import { useScreen } from "../../shared/screen";
import { words as common } from "../../shared/words";
import { Calendar } from "./Calendar";
import styles from "./contact.module.css";
import { contactWords as words } from "./contactWords";
import { Groups } from "./Groups";
import { Note } from "./Note";
import { Organisation } from "./Organisation";
import { StandIn } from "./StandIn";

/** Cards one finds back to. */
const WAY_MAX = 50;

const close = (): void => useScreen.setState({ contact: null });

export default function ContactCard({ contact }: { contact: string }) {
  const revision = useDesk((desk) => desk.personal_revision + desk.contacts_revision);
  const request = useCallback(() => ask("get_contact_card", { contact }), [contact]);
  const { found, problem, again } = useAsked(request, revision);
  const back = useWay(contact);
  const surface = useFocusKept(contact);
  useFocusBack();
  return (
    <Dialog open onOpenChange={(_, data) => !data.open && close()}>
      <DialogSurface
        ref={surface}
        className={styles["surface"] ?? ""}
        onKeyDown={(event) => {
          if (back === null || event.key !== "ArrowLeft" || !event.altKey) return;
          event.preventDefault();
          back();
        }}
      >
        <DialogBody>
          <DialogTitle action={null}>
            {found === null ? words.loading : <Head contact={found.contact} />}
          </DialogTitle>
          <DialogContent>
            {problem !== null && (
              <p role="alert" className={styles["warning"]}>
                {words.failed(problem)}{" "}
                <Button size="small" onClick={() => void again()}>
                  {words.retry}
                </Button>
              </p>
            )}
            {found === null ? problem === null && <Spinner size="small" /> : <Parts card={found} />}
          </DialogContent>
          <DialogActions>
            {back !== null && (
              <Button icon={<ArrowLeftRegular />} title={words.backKeys} onClick={back}>
                {words.back}
              </Button>
            )}
            <Button appearance="primary" data-close onClick={close}>
              {words.close}
            </Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}

/** The cards that led to this one; gives the way back to the one before, where there is one. */
function useWay(contact: string): (() => void) | null {
  const [way, setWay] = useState([contact]);
  if (way.at(-1) !== contact) setWay([...way, contact].slice(-WAY_MAX));
  const before = way.at(-2);
  if (before === undefined) return null;
  return () => {
    setWay(way.slice(0, -1));
    useScreen.setState({ contact: before });
  };
}

/** The link that led to another card is gone with the card it was on; the keyboard stays in the dialog. */
function useFocusKept(contact: string): RefObject<HTMLDivElement | null> {
  const surface = useRef<HTMLDivElement>(null);
  const [first] = useState(contact);
  useEffect(() => {
    if (contact !== first) surface.current?.querySelector<HTMLElement>("[data-close]")?.focus();
  }, [contact, first]);
  return surface;
}

/** Whoever opened the card by a key goes on where she was. */
function useFocusBack(): void {
  const [before] = useState(() => document.activeElement);
  useEffect(
    () => () => {
      // After the dialog has let go of the focus, and only where nothing else took it.
      requestAnimationFrame(() => {
        const lost = document.activeElement === document.body;
        if (lost && before instanceof HTMLElement && before.isConnected) before.focus();
      });
    },
    [before],
  );
}

function Head({ contact }: { contact: ContactView }) {
  const { id, favourite } = contact;
  const where = [contact.title, contact.department, contact.company].filter(Boolean).join(" · ");
  return (
    <>
      <span className={styles["title"]}>
        {contact.display_name}
        <ToggleButton
          size="small"
          appearance="transparent"
          checked={favourite}
          aria-label={words.favourite}
          title={words.favourite}
          icon={favourite ? <StarFilled /> : <StarRegular />}
          onClick={() => void act("set_favourite", { contact: id, favourite: !favourite })}
        />
      </span>
      <span className={styles["under"]}>
        {where !== "" && <span>{where}</span>}
        <LivePresence contact={contact} spelt />
      </span>
    </>
  );
}

function Parts({ card }: { card: ContactCardView }) {
  const { contact } = card;
  return (
    <>
      {contact.gone && <p className={styles["warning"]}>{words.gone}</p>}
      <div className={styles["card"]}>
        <Numbers card={card} />
        {!contact.gone && <Calendar key={contact.id} contact={contact.id} />}
        <StandIn card={card} />
        <Note key={`note ${contact.id}`} contact={contact.id} note={card.note} />
        <Groups contact={contact.id} groups={card.groups} />
        <Facts contact={contact} />
        <Organisation card={card} />
      </div>
    </>
  );
}

function Numbers({ card: { contact, default_endpoint } }: { card: ContactCardView }) {
  const first = default_endpoint ?? contact.endpoints[0]?.address;
  return (
    <div className={styles["part"]} role="radiogroup" aria-label={words.numbers.title}>
      <h3>{words.numbers.title}</h3>
      {contact.endpoints.length === 0 && <p className="quiet">{words.numbers.none}</p>}
      {contact.endpoints.map((endpoint) => (
        <NumberLine
          key={`${endpoint.kind} ${endpoint.address}`}
          contact={contact.id}
          endpoint={endpoint}
          first={endpoint.address === first}
        />
      ))}
    </div>
  );
}

function NumberLine(props: { contact: string; endpoint: EndpointView; first: boolean }) {
  const { contact, endpoint, first } = props;
  const { address, kind } = endpoint;
  return (
    <div className={styles["number"]}>
      <label>
        <input
          type="radio"
          name="first-number"
          checked={first}
          aria-label={words.numbers.choose(address)}
          onChange={() => void act("set_default_endpoint", { contact, address })}
        />
        <span className="digits">{address}</span>
        <span className="quiet">
          {common.endpoint[kind]}
          {first && `, ${words.numbers.first}`}
        </span>
      </label>
      <Button
        size="small"
        icon={<CallRegular />}
        aria-label={words.numbers.callWho(address)}
        onClick={() => void placeCall({ address, contact, voicemail: kind === "voicemail" })}
      >
        {words.numbers.call}
      </Button>
    </div>
  );
}

/** What the sources know beside numbers, and which they are. */
function Facts({ contact }: { contact: ContactView }) {
  const fields = [
    { name: words.fields.email, value: contact.email },
    { name: words.fields.city, value: contact.city },
    ...contact.custom,
    { name: common.calls.notes, value: contact.notes },
  ].filter(({ value }) => value !== "");
  const sources = [...new Set(contact.origins.map(({ name }) => name))];
  return (
    <section className={styles["part"]}>
      <dl className={styles["fields"]}>
        {fields.map(({ name, value }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {sources.length > 0 && <p className={styles["by"]}>{words.from(sources)}</p>}
    </section>
  );
}
