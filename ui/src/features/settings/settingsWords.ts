//! What the settings say, in English; fetched with them.
import type { TreatmentName } from "../../platform/bindings";

export const settingsWords = {
  title: "Settings",
  pastCalls: "Past calls",
  pastCallsText: "Take over the calls of the telephone system before, from a file.",
  showPastCalls: "Import past calls …",
  announcements: "Announcements",
  announcementsText: "What callers hear in a workflow: greetings, announcements, menus.",
  showAnnouncements: "Announcements …",
  line: "Telephone line",
  leaveTraining: "End training",
  leaveTrainingText: "Ends the simulated calls and asks again where calls come from.",
  disconnect: "Disconnect",
  disconnectText: "Signs this console out of the telephone system and asks again where calls come from.",
  editAccount: "Change the account",
  audio: "Sound",
  input: "Microphone",
  output: "Speaker or headset",
  ring: "Ring on",
  systemDefault: "System default",
  noAudio: (why: string) => `There is no sound: ${why}`,
  waiting: "What waiting callers hear",
  treatment: { ringing: "Ringing", music: "Music", silence: "Silence" } satisfies Record<
    TreatmentName,
    string
  >,
  appearance: "Appearance",
  theme: "Theme",
  themes: { system: "As the computer", light: "Light", dark: "Dark", contrast: "High contrast" },
  keyboard: "Keyboard",
  showKeys: "Show all keys",
  identity: "Who is signed in",
};
