//! The words of sources of contacts (DIR-1), fetched with the screen of the address books. What is wrong with one is the host's
//! to say.

import type { LdapSecurityName, SourceKindName } from "../../platform/bindings";
import { aged } from "../../shared/directoryWords";

const count = (n: number, one: string, many: string): string =>
  `${n.toLocaleString()} ${n === 1 ? one : many}`;

export const sourceWords = {
  title: "Sources",
  noPresence: "Not everybody’s presence is shown.",
  list: "Sources of contacts",
  add: "Add a source …",
  failed: (why: string) => `The sources could not be asked for. ${why}`,
  loading: "Asking how the sources stand …",
  retry: "Try again",
  kinds: {
    file: "Imported file",
    ldap: "LDAP directory",
    entra_users: "Colleagues in Entra ID",
    organisation_contacts: "Contacts of the organisation",
    outlook_contacts: "Your Outlook contacts",
    shared_contacts: "Shared mailbox’s contacts",
    services: "Services of this console",
  } satisfies Record<SourceKindName, string>,
  contacts: (n: number) => count(n, "contact", "contacts"),
  services: (n: number) => count(n, "service", "services"),
  state: {
    ok: "Up to date",
    reading: "Being read",
    stale: "Not up to date",
    needs_consent: "A consent is missing",
    failed: "Could not be read",
  },
  read: (ms: number) => `read ${aged(ms)} ago`,
  never: "never read yet",
  readSoFar: (n: number) => `${count(n, "contact", "contacts")} read so far`,
  tried: (ms: number) => `last tried ${aged(ms)} ago`,
  /** What was read before is not thrown away (DIR-5). */
  stillSearched: (n: number) => `${count(n, "contact", "contacts")} of before can still be found.`,
  costs: "What that costs:",
  every: (minutes: number) =>
    minutes === 60
      ? "by itself every hour"
      : minutes % 60 === 0
        ? `by itself every ${minutes / 60} h`
        : `by itself every ${minutes} min`,
  refresh: "Read now",
  refreshWho: (name: string) => `Read ${name} now`,
  change: "Change …",
  changeWho: (name: string) => `Change ${name}`,
  remove: "Remove …",
  removeWho: (name: string) => `Remove ${name}`,
  removeTitle: (name: string) => `Remove ${name}?`,
  removeText: (n: number) =>
    `${count(n, "contact leaves", "contacts leave")} the search. Favourites and notes of them are kept for 90 days, in case they come back.`,
  removeYes: "Remove",
  cancel: "Cancel",
  degraded: (names: readonly string[]) =>
    `Not up to date: ${names.join(", ")}. The search goes on with what was read before.`,
  since: (name: string, when: string) => `${name} since ${when}`,
  look: "Sources …",
  form: {
    add: "Add a source of contacts",
    change: (name: string) => `Change ${name}`,
    kind: "Kind",
    name: "Name",
    nameHint: "As it is shown beside the contacts.",
    mailbox: "Mailbox",
    mailboxHint: "Its address. You need to have been given its contacts to read.",
    host: "Server",
    hostHint: "As ldap.example.com.",
    port: "Port",
    security: "Encryption",
    securities: {
      ldaps: "LDAPS",
      start_tls: "StartTLS",
      none: "None",
    } satisfies Record<LdapSecurityName, string>,
    plain: "Without encryption the password and every contact can be read on the network.",
    bind: "Sign in as",
    bindHint: "A distinguished name; empty: as nobody in particular.",
    password: "Password",
    passwordHint: "Kept in this computer’s keychain.",
    passwordKept: "Empty: the password of before stays.",
    base: "Search below",
    baseHint: "As ou=people,dc=example,dc=com.",
    filter: "Filter",
    filterHint: "Which entries are contacts.",
    authority: "Certificate of your own authority",
    authorityHint: "In PEM, where the server’s is not one that this computer trusts.",
    attributes: "Which attribute means what",
    attributesHint:
      "Names with commas between them: the first that an entry has counts, of numbers all of them.",
    names: {
      key: "Key",
      display_name: "Name",
      first_name: "First name",
      last_name: "Last name",
      company: "Company",
      department: "Department",
      title: "Title",
      city: "City",
      email: "E-mail",
      work: "Work number",
      mobile: "Mobile number",
      home: "Home number",
      sip: "SIP address",
      custom: "Further fields",
      manager: "Manager",
    },
    consent:
      "Read with the sign-in of your organisation. Where it does not allow that yet, the list says so and what it costs.",
    needed: "Needed",
    portRange: "1 to 65535",
    save: "Save and read",
    saving: "Saving …",
    cancel: "Cancel",
  },
} as const;
