//! Words about the report feed for Power BI and Excel.

export const feedWords = {
  title: "Reports in Power BI and Excel",
  text: "Power BI and Excel on this computer can read the reports. They see what you see, and nobody else on the network can reach them.",
  isOff: "Off.",
  isOn: (name: string, since: string) => `On since ${since}. Shows what ${name} may see.`,
  notListening: (why: string) => `Power BI and Excel cannot connect: ${why}`,
  address: "Address",
  copyAddress: "Copy the address",
  port: "Port",
  portHint: "Change it only if another program uses this number.",
  wrongPort: "A number from 1024 to 65535.",
  switchOn: "Switch on",
  renew: "Make a new password",
  renewText: "With a new password the one before stops working.",
  switchOff: "Switch off",
  token: "Password",
  tokenText:
    "Write it down now; it is not shown again. In Power BI and Excel choose “Basic”, type any user name, and this password.",
  copyToken: "Copy the password",
  seen: "I have it",
  copied: "Copied.",
  notCopied: "It could not be copied. Mark the text and copy it by hand.",
};
