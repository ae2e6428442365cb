//! The one road to the host. Knows the words (`bindings/`, generated from Rust) and chooses between the desktop and a
//! browser; knows nothing of screens.

import type { ApiError } from "./bindings/ApiError";
import type { AudioView } from "./bindings/AudioView";
import type { BoardView } from "./bindings/BoardView";
import type { CalendarPreview } from "./bindings/CalendarPreview";
import type { CalendarsView } from "./bindings/CalendarsView";
import type { ChangesPage } from "./bindings/ChangesPage";
import type { CallsCheck } from "./bindings/CallsCheck";
import type { CallsLook } from "./bindings/CallsLook";
import type { CallsMapping } from "./bindings/CallsMapping";
import type { CallsStep } from "./bindings/CallsStep";
import type { CallerCard } from "./bindings/CallerCard";
import type { ConsoleView } from "./bindings/ConsoleView";
import type { ContactView } from "./bindings/ContactView";
import type { ExportView } from "./bindings/ExportView";
import type { FeedTokenView } from "./bindings/FeedTokenView";
import type { FeedView } from "./bindings/FeedView";
import type { HistoryPage } from "./bindings/HistoryPage";
import type { HolidaysView } from "./bindings/HolidaysView";
import type { ImportReport } from "./bindings/ImportReport";
import type { ImportStep } from "./bindings/ImportStep";
import type { JurisdictionView } from "./bindings/JurisdictionView";
import type { KeptAboutView } from "./bindings/KeptAboutView";
import type { LeftOutView } from "./bindings/LeftOutView";
import type { LockView } from "./bindings/LockView";
import type { OrganisationView } from "./bindings/OrganisationView";
import type { PreflightView } from "./bindings/PreflightView";
import type { ProtectionView } from "./bindings/ProtectionView";
import type { PurgeView } from "./bindings/PurgeView";
import type { RecoveryKeyView } from "./bindings/RecoveryKeyView";
import type { Request } from "./bindings/Request";
import type { Response } from "./bindings/Response";
import type { ReportingLineView } from "./bindings/ReportingLineView";
import type { FileView } from "./bindings/FileView";
import type { ReportCallersView } from "./bindings/ReportCallersView";
import type { ReportCallsPage } from "./bindings/ReportCallsPage";
import type { ReportSchedulesView } from "./bindings/ReportSchedulesView";
import type { ReportView } from "./bindings/ReportView";
import type { RestorePointView } from "./bindings/RestorePointView";
import type { RetentionView } from "./bindings/RetentionView";
import type { RightsView } from "./bindings/RightsView";
import type { SavedView } from "./bindings/SavedView";
import type { HeardView } from "./bindings/HeardView";
import type { SearchResult } from "./bindings/SearchResult";
import type { ServicesView } from "./bindings/ServicesView";
import type { SessionView } from "./bindings/SessionView";
import type { SetupView } from "./bindings/SetupView";
import type { SignInView } from "./bindings/SignInView";
import type { SoundsView } from "./bindings/SoundsView";
import type { VoiceView } from "./bindings/VoiceView";
import type { VoicemailsPage } from "./bindings/VoicemailsPage";
import type { ContactCardView } from "./bindings/ContactCardView";
import type { NoteView } from "./bindings/NoteView";
import type { NumbersView } from "./bindings/NumbersView";
import type { PersonalView } from "./bindings/PersonalView";
import type { SourceView } from "./bindings/SourceView";
import type { PresenceTold } from "./bindings/PresenceTold";
import type { FreeBusyView } from "./bindings/FreeBusyView";
import type { StaffingBasis } from "./bindings/StaffingBasis";
import type { StaffingPlan } from "./bindings/StaffingPlan";
import type { UiEvent } from "./bindings/UiEvent";
import type { UsersPage } from "./bindings/UsersPage";
import type { WhyView } from "./bindings/WhyView";
import type { WorkflowFaultView } from "./bindings/WorkflowFaultView";
import { connectBrowser } from "./browser";
import { connectTauri, fillScreen, insideTauri } from "./tauri";

/** What a command answers with, where it is more than "done". */
interface Answers {
  get_console: ConsoleView;
  search_contacts: SearchResult;
  get_contact: ContactView;
  import_contacts: ImportReport;
  import_part: ImportStep;
  look_at_calls: CallsLook;
  read_calls_mapping: CallsMapping;
  check_calls: CallsCheck;
  import_calls_part: CallsStep;
  get_caller_card: CallerCard;
  get_history: HistoryPage;
  list_voicemails: VoicemailsPage;
  get_voicemail: HeardView;
  list_sounds: SoundsView;
  list_voices: VoiceView[];
  get_sound: HeardView;
  add_sound: SavedView;
  speak_sound: SavedView;
  get_why: WhyView;
  get_preflight: PreflightView[];
  get_setup: SetupView;
  get_services: ServicesView;
  put_service: SavedView;
  put_skill: SavedView;
  put_profile: SavedView;
  check_workflow: WorkflowFaultView[];
  get_audio: AudioView;
  get_calendars: CalendarsView;
  preview_calendar: CalendarPreview;
  put_calendar: SavedView;
  read_holidays: HolidaysView;
  get_protection: ProtectionView;
  get_purge: PurgeView;
  show_recovery_key: RecoveryKeyView;
  get_jurisdictions: JurisdictionView[];
  get_restore_points: RestorePointView[];
  get_lock: LockView | null;
  get_session: SessionView;
  get_rights: RightsView;
  get_sign_in: SignInView;
  get_users: UsersPage;
  get_organisation: OrganisationView;
  put_user: SavedView;
  put_unit: SavedView;
  get_changes: ChangesPage;
  get_kept_about: KeptAboutView;
  get_transfer_retention: RetentionView;
  export_kept_about: ExportView;
  erase_kept_about: KeptAboutView;
  get_left_out: LeftOutView;
  get_personal: PersonalView;
  get_contact_card: ContactCardView;
  put_group: SavedView;
  put_note: NoteView;
  get_numbers: NumbersView;
  list_number: SavedView;
  get_sources: SourceView[];
  put_source: SavedView;
  see_contacts: PresenceTold;
  get_calendar: FreeBusyView | null;
  get_reporting_line: ReportingLineView;
  get_report: ReportView;
  get_report_calls: ReportCallsPage;
  watch_board: BoardView;
  get_report_callers: ReportCallersView;
  export_report: FileView;
  get_report_schedules: ReportSchedulesView;
  put_report_schedule: SavedView;
  get_feed: FeedView;
  switch_feed_on: FeedTokenView;
  switch_feed_off: FeedView;
  get_staffing_basis: StaffingBasis;
  plan_staffing: StaffingPlan;
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
    /** The field of the form that was sent. */
    readonly field: string | null = null,
  ) {
    super(message);
  }

  static from(error: unknown): RefusedError {
    if (error instanceof RefusedError) return error;
    if (isApiError(error))
      return new RefusedError(error.code, error.message, error.reference, error.field ?? null);
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

/** Fills the screen with this window, or leaves it; where the system does not allow it, nothing happens. */
export async function fullScreen(on: boolean): Promise<void> {
  try {
    if (insideTauri()) await fillScreen(on);
    else if (on) await document.documentElement.requestFullscreen();
    else if (document.fullscreenElement) await document.exitFullscreen();
  } catch {
    // The window stays as large as it is.
  }
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
