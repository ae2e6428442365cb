//! Is a SIP account filled in so that it is worth trying? Shape only; whether it works, the telephone system says.

import type { SipAccountForm, SipAccountView } from "../../platform/bindings";
import { setupWords } from "./setupWords";

export const EMPTY_ACCOUNT: SipAccountForm = {
  user: "",
  auth_user: "",
  password: "",
  registrar: "",
  domain: "",
  transport: "udp",
  display_name: "",
};

export type Problems = Partial<Record<keyof SipAccountForm, string>>;

const PORT_MAX = 65_535;

/** The form as it begins: what is stored, but never a password. */
export function formFrom(stored: SipAccountView | null): SipAccountForm {
  return stored === null ? EMPTY_ACCOUNT : { ...stored, password: "" };
}

export function trimmed(form: SipAccountForm): SipAccountForm {
  return {
    ...form,
    user: form.user.trim(),
    auth_user: form.auth_user.trim(),
    registrar: form.registrar.trim(),
    domain: form.domain.trim(),
    display_name: form.display_name.trim(),
  };
}

export function problemsOf(form: SipAccountForm, password_stored: boolean): Problems {
  const problems: Problems = {};
  for (const field of ["user", "registrar"] as const) {
    if (form[field].trim() === "") problems[field] = setupWords.required;
  }
  for (const field of ["user", "auth_user", "registrar", "domain"] as const) {
    if (/\s/.test(form[field].trim())) problems[field] = setupWords.noSpaces;
  }
  if (!problems.registrar && !portIsGood(form.registrar.trim())) problems.registrar = setupWords.portRange;
  if (form.password === "" && !password_stored) problems.password = setupWords.required;
  return problems;
}

/** `host`, `host:5060`, `[2001:db8::1]:5060`; a bare IPv6 address has no port. */
function portIsGood(registrar: string): boolean {
  const port = /^(?:\[[^\]]*\]|[^:[\]]*):([^:]*)$/.exec(registrar)?.[1];
  if (port === undefined) return true;
  return /^\d{1,5}$/.test(port) && Number(port) >= 1 && Number(port) <= PORT_MAX;
}
