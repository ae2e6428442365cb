//! The caller card: everything that is known of one party, and a way to call them back.

import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
} from "@fluentui/react-components";
import { CallRegular } from "@fluentui/react-icons";
import type { CallerCard, ContactView, PartyView } from "../platform/bindings";
import { useCallerCard } from "./callerCard";
import styles from "./CardDialog.module.css";
import { CallerPast } from "./CallerPast";
import { placeCall } from "./commands";
import { partyDetail, partyName } from "./format";
import { useScreen } from "./screen";
import { words } from "./words";

/** More are under Calls. */
const EARLIER_MAX = 12;

const close = (): void => useScreen.setState({ card: null });

export default function CardDialog({ party }: { party: PartyView }) {
  const card = useCallerCard(party.party);
  const who = card?.party ?? party;
  return (
    <Dialog open onOpenChange={(_, data) => !data.open && close()}>
      <DialogSurface>
        <DialogBody>
          <DialogTitle>{partyName(who)}</DialogTitle>
          <DialogContent className={styles["card"]}>
            <p className="quiet">{partyDetail(who)}</p>
            {card?.contact && <ContactFields contact={card.contact} />}
            {card && <Transfers card={card} />}
            {card && <CallerPast card={card} earlierMax={EARLIER_MAX} />}
          </DialogContent>
          <DialogActions>
            <Button onClick={close}>{words.card.close}</Button>
            {who.number !== null && (
              <Button
                appearance="primary"
                className={styles["call"] ?? ""}
                icon={<CallRegular />}
                onClick={() =>
                  void placeCall({ address: who.number ?? "", contact: who.contact, voicemail: false })
                }
              >
                {words.card.call(who.number)}
              </Button>
            )}
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}

function ContactFields({ contact }: { contact: ContactView }) {
  const fields = [
    [words.card.company, contact.company],
    [words.card.department, contact.department],
    [words.card.title, contact.title],
    [words.card.city, contact.city],
    [words.card.email, contact.email],
    ...contact.endpoints.map(({ kind, address }) => [words.endpoint[kind], address] as const),
    [words.calls.notes, contact.notes],
  ] as const;
  return (
    <dl className={styles["fields"]}>
      {fields
        .filter(([, value]) => value !== "")
        .map(([label, value]) => (
          <div key={`${label} ${value}`}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}

function Transfers({ card }: { card: CallerCard }) {
  return (
    <section>
      <h3>{words.calls.before}</h3>
      {card.transfers.length === 0 && <p className="quiet">{words.card.noTransfers}</p>}
      <ul>
        {card.transfers.map((past) => (
          <li key={past.target.party}>
            <strong>{partyName(past.target)}</strong> {words.calls.times(past.times)}{" "}
            <span className="quiet">{partyDetail(past.target)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
