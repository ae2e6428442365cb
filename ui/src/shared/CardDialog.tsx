//! The caller card: everything that is known of one party (CALL-9), and a way to call them back, to block the number, and to have
//! erased what is kept of them.

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
import { ask } from "../platform/platform";
import { useCallerCard } from "./callerCard";
import styles from "./CardDialog.module.css";
import { CallerPast } from "./CallerPast";
import { hostNow } from "./clock";
import { placeCall } from "./commands";
import { moment, partyDetail, partyName } from "./format";
import { Listed } from "./Listed";
import { useMay } from "./rights";
import { useScreen } from "./screen";
import { Sure } from "./Sure";
import { cardWords } from "./cardWords";
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
            {card && who.number !== null && !who.service && <Listed card={card} number={who.number} />}
            {card && <Transfers card={card} />}
            {card && <CallerPast card={card} earlierMax={EARLIER_MAX} />}
          </DialogContent>
          <DialogActions>
            <Button onClick={close}>{cardWords.close}</Button>
            {who.number !== null && (
              <Button
                appearance="primary"
                className={styles["call"] ?? ""}
                icon={<CallRegular />}
                onClick={() =>
                  void placeCall({ address: who.number ?? "", contact: who.contact, voicemail: false })
                }
              >
                {cardWords.call(who.number)}
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
    [cardWords.company, contact.company],
    [cardWords.department, contact.department],
    [cardWords.title, contact.title],
    [cardWords.city, contact.city],
    [cardWords.email, contact.email],
    ...contact.endpoints.map(({ kind, address }) => [words.endpoint[kind], address] as const),
    [words.calls.notes, contact.notes],
  ] as const;
  return (
    <div>
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
      <Button size="small" onClick={() => useScreen.setState({ card: null, contact: contact.id })}>
        {cardWords.contact}
      </Button>
    </div>
  );
}

function Transfers({ card }: { card: CallerCard }) {
  return (
    <section>
      <h3>{words.calls.before}</h3>
      {card.transfers.length === 0 && <p className="quiet">{cardWords.noTransfers}</p>}
      <ul>
        {card.transfers.map((past) => (
          <li key={past.target.party}>
            <strong>{partyName(past.target)}</strong> {cardWords.transfers.succeeded(past.times, past.tried)}{" "}
            <span className="quiet">{partyDetail(past.target)}</span>
            <p className={styles["fine"]}>
              {cardWords.transfers.last(cardWords.transfers.ended[past.ended], moment(past.last, hostNow()))}
              {past.reason !== null && `: ${past.reason}`}
            </p>
          </li>
        ))}
      </ul>
      <Kept card={card} />
    </section>
  );
}

/** What is held of this caller and for how long, and the way to have it erased (CALL-9, DATA-10). */
function Kept({ card: { party, kept } }: { card: CallerCard }) {
  const may = useMay("erase-people");
  return (
    <div className={styles["kept"]}>
      <span className="quiet">{cardWords.transfers.kept(kept.entries, kept.days)}</span>
      {may && kept.entries > 0 && (
        <Sure
          trigger={<Button size="small">{cardWords.transfers.erase}</Button>}
          title={cardWords.transfers.eraseTitle(partyName(party))}
          yes={cardWords.transfers.eraseYes}
          onYes={() => ask("erase_transfer_history", { party: party.party })}
        >
          <p>{cardWords.transfers.eraseText}</p>
        </Sure>
      )}
      {may && (
        <Button
          size="small"
          onClick={() => useScreen.setState({ name: "administration", area: "subjects", card: null })}
        >
          {cardWords.transfers.change}
        </Button>
      )}
    </div>
  );
}
