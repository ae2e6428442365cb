//! The one road to the host. Knows the words (`bindings/`, generated from Rust) and chooses between the desktop and a
//! browser; knows nothing of screens.

import type { ApiError } from "./bindings/ApiError";
import type { AudioView } from "./bindings/AudioView";
import type { CallerCard } from "./bindings/CallerCard";
import type { ConsoleView } from "./bindings/ConsoleView";
import type { ContactView } from "./bindings/ContactView";
import type { HistoryPage } from "./bindings/HistoryPage";
import type { ImportReport } from "./bindings/ImportReport";
import type { JurisdictionView } from "./bindings/JurisdictionView";
import type { LockView } from "./bindings/LockView";
import type { ProtectionView } from "./bindings/ProtectionView";
import type { RecoveryKeyView } from "./bindings/RecoveryKeyView";
import type { Request } from "./bindings/Request";
import type { Response } from "./bindings/Response";
import type { RestorePointView } from "./bindings/RestorePointView";
import type { SearchResult } from "./bindings/SearchResult";
import type { SetupView } from "./bindings/SetupView";
import type { UiEvent } from "./bindings/UiEvent";
import { connectBrowser } from "./browser";
import { connectTauri, insideTauri } from "./tauri";

/** What a command answers with, where it is more than "done". */
interface Answers {
  get_console: ConsoleView;
  search_contacts: SearchResult;
  get_contact: ContactView;
  import_contacts: ImportReport;
  get_caller_card: CallerCard;
  get_history: HistoryPage;
  get_setup: SetupView;
  get_audio: AudioView;
  get_protection: ProtectionView;
  show_recovery_key: RecoveryKeyView;
  get_jurisdictions: JurisdictionView[];
  get_restore_points: RestorePointView[];
  get_lock: LockView | null;
}

export type Command = Request["cmd"];
export type Payload<C extends Command> = Extract<Request, { cmd: C }>["payload"];
type Answer<C extends Command> = C extends keyof Answers ? Answers[C] : undefined;

/** How the line to the host itself stands; not the line to the telephone system. */
export type Connection = "connecting" | "open" | "lost" | "refused";

/** Called by a transport. After every `open` the listener asks for the whole console again: events may have been missed. */
export interface HostListener {
  event(event: UiEvent): void;
  connection(state: Connection): void;
}

/** One way to speak to the host. */
export interface Transport {
  request(request: Request): Promise<Response>;
  listen(listener: HostListener): () => void;
}

/** A request that was not carried out, in the host's words. */
export class RefusedError extends Error {
  override readonly name = "RefusedError";

  constructor(
    readonly code: string,
    message: string,
    readonly reference: string | null,
  ) {
    super(message);
  }

  static from(error: unknown): RefusedError {
    if (error instanceof RefusedError) return error;
    if (isApiError(error)) return new RefusedError(error.code, error.message, error.reference);
    return new RefusedError("host_unreachable", String(error), null);
  }
}

export function isApiError(value: unknown): value is ApiError {
  return typeof value === "object" && value !== null && "code" in value && "message" in value;
}

let transport: Transport | undefined;

/** Chosen on first use, so that a test can put its own in place first. */
export function host(): Transport {
  transport ??= insideTauri() ? connectTauri() : connectBrowser();
  return transport;
}

/** For tests. */
export function useTransport(replacement: Transport): void {
  transport = replacement;
}

/** Asks the host; rejects with `RefusedError` only. */
export async function ask<C extends Command>(cmd: C, payload: Payload<C>): Promise<Answer<C>> {
  try {
    const response = await host().request({ cmd, payload } as Request);
    return ("value" in response ? response.value : undefined) as Answer<C>;
  } catch (error) {
    throw RefusedError.from(error);
  }
}
