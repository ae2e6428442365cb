//! Asks whether to call the address of a `tel:`, `sip:` or `callto:` link. Never calls by itself.

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
import { placeCall } from "../shared/commands";
import { useDesk } from "../shared/desk";
import { words } from "../shared/words";

const close = (): void => useDesk.setState({ call_asked: null });

function call(address: string): void {
  close();
  void placeCall({ address, contact: null, voicemail: false });
}

export default function CallAsked({ address }: { address: string }) {
  return (
    <Dialog open onOpenChange={(_, data) => !data.open && close()}>
      <DialogSurface>
        <DialogBody>
          <DialogTitle>{words.callAsked.title(address)}</DialogTitle>
          <DialogContent>{words.callAsked.why}</DialogContent>
          <DialogActions>
            <Button onClick={close}>{words.callAsked.cancel}</Button>
            <Button appearance="primary" icon={<CallRegular />} onClick={() => call(address)}>
              {words.callAsked.call}
            </Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}
