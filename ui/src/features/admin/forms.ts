//! What is wrong with the forms of users and of sign-in, before the host is asked: it has the last word. No screen here.

import type { SignInForm, UserForm, UserView } from "../../platform/bindings";
import { adminWords } from "./adminWords";

/** Problems by the name of the field. */
export type Problems = Readonly<Record<string, string>>;

const TEXT_CHARACTERS_MAX = 256;
const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const DOMAIN = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$/i;

export function freshUser(): UserForm {
  return {
    id: null,
    object: "",
    name: "",
    first_name: "",
    last_name: "",
    email: null,
    username: "",
    licensed: true,
    blocked: false,
  };
}

export function formOf(user: UserView): UserForm {
  const { id, name, first_name, last_name, email, username, licensed, blocked } = user;
  return { id, object: "", name, first_name, last_name, email, username, licensed, blocked };
}

/** Of one from the directory nothing can be wrong here. */
export function userProblems(form: UserForm, synchronised: boolean): Problems {
  if (synchronised) return {};
  const words = adminWords.user;
  const problems: Record<string, string> = {};
  const needed =
    form.id === null ? (["name", "username", "object"] as const) : (["name", "username"] as const);
  for (const field of needed) if (form[field].trim() === "") problems[field] = words.needed;
  for (const field of ["name", "first_name", "last_name", "username", "object"] as const) {
    if (Array.from(form[field]).length > TEXT_CHARACTERS_MAX)
      problems[field] = words.tooLong(TEXT_CHARACTERS_MAX);
  }
  if (form.email !== null && !/^[^@\s]+@[^@\s]+$/.test(form.email)) problems["email"] = words.notEmail;
  return problems;
}

export function freshSignIn(): SignInForm {
  return { issuer: "entra_global", tenant: "", url: null, client_id: "", tenants: [], step_up: null };
}

/** One id a line; spaces, empty lines and doubles fall away. */
export function tenantsOf(text: string): string[] {
  const lines = text.split(/[\s,;]+/).filter((line) => line !== "");
  return [...new Set(lines)];
}

export function signInProblems(form: SignInForm): Problems {
  const words = adminWords.signIn;
  const problems: Record<string, string> = {};
  const strange = (text: string) => !ID.test(text) && !DOMAIN.test(text);
  if (form.issuer === "other") {
    const url = form.url?.trim() ?? "";
    if (url === "") problems["url"] = words.needed;
    // A test's own issuer listens on this computer, where nobody listens in.
    else if (!/^https:\/\/./i.test(url) && !/^http:\/\/(127\.0\.0\.1|localhost|\[::1\])[:/]/i.test(url)) {
      problems["url"] = words.https;
    }
  } else if (form.tenant === null) {
    const bad = form.tenants.find((tenant) => !ID.test(tenant));
    if (form.tenants.length === 0) problems["tenants"] = words.noTenant;
    else if (bad !== undefined) problems["tenants"] = words.badTenant(bad);
  } else if (form.tenant.trim() === "") problems["tenant"] = words.needed;
  else if (strange(form.tenant.trim())) problems["tenant"] = words.badTenant(form.tenant.trim());
  if (form.client_id.trim() === "") problems["client_id"] = words.needed;
  if (form.step_up !== null && !/^c[1-9][0-9]?$/.test(form.step_up)) problems["step_up"] = words.badContext;
  return problems;
}

/** What is sent: nothing of the fields that this kind of issuer does not show. */
export function cleaned(form: SignInForm): SignInForm {
  const other = form.issuer === "other";
  return {
    issuer: form.issuer,
    tenant: other || form.tenant === null ? null : form.tenant.trim(),
    url: other ? (form.url?.trim() ?? "") : null,
    client_id: form.client_id.trim(),
    tenants: !other && form.tenant === null ? form.tenants : [],
    step_up: form.step_up,
  };
}
