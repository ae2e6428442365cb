//! What the planner says, in English. Apart from `words.ts`, because the console is drawn before anybody needs it.

const percent = (share: number): string => `${(share * 100).toFixed(share > 0.995 && share < 1 ? 1 : 0)} %`;

export const plannerWords = {
  title: "How many attendants?",
  lead: "From earlier days, by three methods: two formulas, and this very switchboard on simulated days.",
  form: "What is asked",
  service: "Service",
  day: "Day",
  interval: "Interval",
  minutes: (minutes: number) => `${minutes} min`,
  from: "From",
  to: "Until",
  target: "Target",
  targetLong: "share of all callers answered in time",
  within: "Within",
  talk: "Talking",
  talkVariation: "Variation of talking",
  talkVariationHint: "Spread by mean; 1 is what Erlang assumes",
  work: "After-call work",
  patience: "Patience",
  patienceHint: "Mean; empty: nobody gives up",
  queueLimit: "Longest wait",
  dayVariation: "Days differ by",
  dayVariationHint: "Beyond chance",
  more: "More settings",
  plan: "Plan",
  stop: "Stop",
  again: "Ask history again",
  save: "Save as CSV",
  copy: "Copy as CSV",
  loading: "Reading earlier calls …",
  failed: (why: string) => `History cannot be read: ${why}`,
  planFailed: (why: string) => `There is no plan: ${why}`,
  working: (done: number, total: number) =>
    `Simulating: ${done.toLocaleString()} of about ${total.toLocaleString()} days`,
  beginning: "Simulating …",
  basis: (days: readonly string[], weekday: string, calls: number) =>
    days.length === 0
      ? `No ${weekday} with a call of this service is recorded. Write the callers you expect into the table.`
      : `Callers are the mean of ${days.length === 1 ? `one ${weekday}` : `${days.length} ${weekday}s`} (${days
          .slice(-6)
          .join(
            ", ",
          )}${days.length > 6 ? ", …" : ""}), out of ${calls.toLocaleString()} calls read. Every value can be changed.`,
  oneDay: "One day alone says nothing about how much days differ.",
  cut: "Older calls were left out.",
  stale: "Something was changed since: plan again.",
  none: "Choose hours with at least one caller.",
  wrong: (range: string) => `Permitted: ${range}`,
  result: (peak: number | null, at: string, level: string) =>
    peak === null
      ? "Not even 500 attendants are enough in some intervals."
      : `At most ${peak} attendants, at ${at}. Over the day ${level} of the callers are answered in time.`,
  /** The confidence interval in brackets. */
  level: (mean: number, low: number, high: number) =>
    `${percent(mean)} (${Math.round(low * 100)}–${Math.round(high * 100)})`,
  percent,
  seconds: "seconds",
  methods: {
    erlang_c: "Erlang C",
    erlang_a: "Erlang A",
    simulation: "Simulation",
  },
  chart: {
    title: "Attendants needed by interval",
    attendants: "Attendants",
    levelTitle: "Service level with the simulation's numbers",
    level: "Answered in time",
    target: (share: number) => `target ${percent(share)}`,
    interval: "95 % confidence",
    badDay: "one day in ten is worse",
    describe: (rows: readonly string[]) => `${rows.join(". ")}. The table has every number.`,
    point: (from: string, simulation: string, a: string, c: string) =>
      `${from}: ${simulation} by simulation, ${a} by Erlang A, ${c} by Erlang C`,
  },
  table: {
    title: "Interval by interval",
    from: "From",
    calls: "Callers",
    callsOf: (from: string) => `Callers from ${from}`,
    spread: (spread: string) => `± ${spread}`,
    level: "Answered in time",
    badDay: "One day in ten below",
    why: "Why they differ",
    agree: "They agree.",
    notEnough: "over 500",
    none: "–",
    total: "Whole day",
    hours: (hours: string) => `${hours} attendant hours`,
  },
} as const;
