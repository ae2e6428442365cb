//! What the list of sources says of each, and what is wrong with the form of one before the host is asked, which has the last
//! word. No screen here.

import type {
  LdapForm,
  LdapSecurityName,
  SourceForm,
  SourceHealthName,
  SourceKindName,
  SourceView,
} from "../../platform/bindings";
import { sourceWords as words } from "./sourceWords";

/** Those an administrator enters; files are imported, and services are always there. */
export const ENTERED = [
  "ldap",
  "entra_users",
  "organisation_contacts",
  "outlook_contacts",
  "shared_contacts",
] as const satisfies readonly SourceKindName[];

/** Problems by the name of the field, as the host names it: `ldap.host`. */
export type Problems = Readonly<Record<string, string>>;

/** How a source stands, in one line. */
export function standing(source: SourceView, now: number): string {
  const { state, contacts, kind, last_ok, last_try, progress, schedule_minutes } = source;
  // Services are the console's own: nobody reads them.
  if (kind === "services") return words.services(contacts);
  const read = last_ok === null ? words.never : words.read(now - last_ok);
  const tried = last_try === null || last_try === last_ok ? [] : [words.tried(now - last_try)];
  const every = schedule_minutes === null ? [] : [words.every(schedule_minutes)];
  return [...inState(state, { contacts, read, done: progress?.done ?? null, tried }), ...every].join(" · ");
}

interface Told {
  contacts: number;
  read: string;
  done: number | null;
  tried: readonly string[];
}

function inState(state: SourceHealthName, { contacts, read, done, tried }: Told): string[] {
  switch (state) {
    case "ok":
      return [words.contacts(contacts), read];
    case "reading":
      return done === null ? [words.contacts(contacts)] : [words.readSoFar(done)];
    case "stale":
    case "needs_consent":
    case "failed":
      return [read, ...tried];
  }
}

/** Whether what it holds may be out of date. */
export function isDegraded({ state }: Pick<SourceView, "state">): boolean {
  switch (state) {
    case "ok":
    case "reading":
      return false;
    case "stale":
    case "needs_consent":
    case "failed":
      return true;
  }
}

const PORTS: Readonly<Record<LdapSecurityName, number>> = { ldaps: 636, start_tls: 389, none: 389 };

/** The names that directories have in common; the host's own defaults are the same. */
export function freshLdap(): LdapForm {
  return {
    host: "",
    port: PORTS.ldaps,
    security: "ldaps",
    authority: "",
    bind_dn: "",
    password: "",
    base_dn: "",
    filter: "(&(objectClass=person)(telephoneNumber=*))",
    attributes: {
      key: "entryUUID,objectGUID",
      display_name: "displayName,cn",
      first_name: "givenName",
      last_name: "sn",
      company: "company,o",
      department: "department,ou",
      title: "title",
      city: "l",
      email: "mail",
      work: "telephoneNumber,ipPhone",
      mobile: "mobile",
      home: "homePhone",
      sip: "",
      custom: "",
      manager: "manager",
    },
  };
}

export function freshSource(): SourceForm {
  return { id: null, name: "", kind: "ldap", mailbox: null, ldap: freshLdap() };
}

/** The same source as another kind: only what that kind needs is sent. */
export function ofKind(form: SourceForm, kind: SourceKindName): SourceForm {
  return {
    ...form,
    kind,
    mailbox: kind === "shared_contacts" ? (form.mailbox ?? "") : null,
    ldap: kind === "ldap" ? (form.ldap ?? freshLdap()) : null,
  };
}

/** Another encryption has another port, unless she has chosen one of her own. */
export function secured(form: LdapForm, security: LdapSecurityName): LdapForm {
  const usual = form.port === PORTS[form.security];
  return { ...form, security, port: usual ? PORTS[security] : form.port };
}

export function sourceProblems(form: SourceForm): Problems {
  const problems: Record<string, string> = {};
  const needed = (field: string, value: string) => {
    if (value.trim() === "") problems[field] = words.form.needed;
  };
  needed("name", form.name);
  if (form.mailbox !== null) needed("mailbox", form.mailbox);
  if (form.ldap !== null) {
    needed("ldap.host", form.ldap.host);
    needed("ldap.filter", form.ldap.filter);
    const { port } = form.ldap;
    if (!Number.isInteger(port) || port < 1 || port > 65_535) problems["ldap.port"] = words.form.portRange;
  }
  return problems;
}
