//! What one sets once: the line, the sound, what waiting callers hear, the looks, and how the data is protected. Every change
//! counts at once.

import { Button, Radio, RadioGroup, Select } from "@fluentui/react-components";
import { type ReactNode, useEffect, useId, useState } from "react";
import type { AudioView, ConsoleView, ServiceView, TreatmentName } from "../../platform/bindings";
import { ask, RefusedError } from "../../platform/platform";
import { act, useDesk } from "../../shared/desk";
import { MayNot } from "../../shared/MayNot";
import { ServiceMark, SimulatedTag } from "../../shared/marks";
import { chooseTheme, showScreen, type ThemeName, useScreen } from "../../shared/screen";
import { words } from "../../shared/words";
import { Feed } from "./Feed";
import { Protection } from "./Protection";
import styles from "./settings.module.css";
import { settingsWords } from "./settingsWords";

export default function Settings() {
  const view = useDesk((desk) => desk.view);
  if (!view) return null;
  return (
    <section className={styles["settings"]} aria-labelledby="settings-title">
      <h1 id="settings-title">{settingsWords.title}</h1>
      <MayNot action="change-connection" />
      <div className={styles["groups"]}>
        <Line view={view} />
        <Sound />
        <Waiting services={view.services} />
        <Group title={settingsWords.announcements}>
          <p>{settingsWords.announcementsText}</p>
          <Button className={styles["start"] ?? ""} onClick={() => showScreen("announcements")}>
            {settingsWords.showAnnouncements}
          </Button>
        </Group>
        <Group title={settingsWords.pastCalls}>
          <p>{settingsWords.pastCallsText}</p>
          <Button className={styles["start"] ?? ""} onClick={() => showScreen("past_calls")}>
            {settingsWords.showPastCalls}
          </Button>
        </Group>
        <Feed />
        <Looks />
        <Group title={settingsWords.keyboard}>
          <p>{words.help.rule}</p>
          <Button className={styles["start"] ?? ""} onClick={() => useScreen.setState({ help: true })}>
            {settingsWords.showKeys} <kbd aria-hidden>F1</kbd>
          </Button>
        </Group>
        <Group title={settingsWords.identity}>
          <p>{words.identity.alone(view.me.name)}.</p>
          <p className="quiet">{words.identity.aloneHint}</p>
        </Group>
      </div>
      <Protection />
    </section>
  );
}

function Group({ title, children }: { title: string; children: ReactNode }) {
  const id = useId();
  return (
    <section className={styles["group"]} aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {children}
    </section>
  );
}

function Line({ view: { mode, link } }: { view: ConsoleView }) {
  const training = mode.kind === "training";
  return (
    <Group title={settingsWords.line}>
      <p>
        {training && <SimulatedTag />} {mode.detail}
      </p>
      {!training && (
        <p>
          {words.link[link.state]}
          {link.detail && `: ${link.detail}`}
        </p>
      )}
      {link.plain_text && <p className={styles["warning"]}>{words.plainText.long}</p>}
      <p className="quiet">{training ? settingsWords.leaveTrainingText : settingsWords.disconnectText}</p>
      <div className={styles["row"]}>
        {!training && <Button onClick={() => showScreen("setup")}>{settingsWords.editAccount}</Button>}
        <Button onClick={() => void act("leave_mode", {})}>
          {training ? settingsWords.leaveTraining : settingsWords.disconnect}
        </Button>
      </div>
    </Group>
  );
}

/** The value of "system default" in a list, which knows no `null`. */
const DEFAULT_DEVICE = "";

function Sound() {
  const [audio, setAudio] = useState<AudioView | null>(null);
  const [problem, setProblem] = useState<string | null>(null);

  useEffect(() => {
    let gone = false;
    ask("get_audio", {}).then(
      (view) => !gone && setAudio(view),
      (error: unknown) => !gone && setProblem(RefusedError.from(error).message),
    );
    return () => {
      gone = true;
    };
  }, []);

  async function choose(change: Partial<Pick<AudioView, "input" | "output" | "ring">>): Promise<void> {
    if (audio === null) return;
    const next = { ...audio, ...change };
    if (await act("set_audio", { input: next.input, output: next.output, ring: next.ring })) setAudio(next);
  }

  const trouble = problem ?? audio?.problem ?? null;
  return (
    <Group title={settingsWords.audio}>
      {trouble !== null && <p className={styles["warning"]}>{settingsWords.noAudio(trouble)}</p>}
      {audio && (
        <>
          <Device
            label={settingsWords.input}
            devices={audio.inputs}
            chosen={audio.input}
            onChoose={(input) => void choose({ input })}
          />
          <Device
            label={settingsWords.output}
            devices={audio.outputs}
            chosen={audio.output}
            onChoose={(output) => void choose({ output })}
          />
          <Device
            label={settingsWords.ring}
            devices={audio.outputs}
            chosen={audio.ring}
            onChoose={(ring) => void choose({ ring })}
          />
        </>
      )}
    </Group>
  );
}

function Device(props: {
  label: string;
  devices: readonly string[];
  chosen: string | null;
  onChoose: (device: string | null) => void;
}) {
  const id = useId();
  // A device that was unplugged stays in the list, so that what was chosen is what is shown.
  const devices =
    props.chosen === null || props.devices.includes(props.chosen)
      ? props.devices
      : [props.chosen, ...props.devices];
  return (
    <div className={styles["setting"]}>
      <label htmlFor={id}>{props.label}</label>
      <Select
        id={id}
        value={props.chosen ?? DEFAULT_DEVICE}
        onChange={(_, data) => props.onChoose(data.value === DEFAULT_DEVICE ? null : data.value)}
      >
        <option value={DEFAULT_DEVICE}>{settingsWords.systemDefault}</option>
        {devices.map((device) => (
          <option key={device} value={device}>
            {device}
          </option>
        ))}
      </Select>
    </div>
  );
}

const TREATMENTS: readonly TreatmentName[] = ["ringing", "music", "silence"];

function Waiting({ services }: { services: readonly ServiceView[] }) {
  const id = useId();
  return (
    <Group title={settingsWords.waiting}>
      {services.map((service) => (
        <div key={service.id} className={styles["setting"]}>
          <label htmlFor={`${id}-${service.id}`} className={styles["service"]}>
            <ServiceMark name={service.name} size="small" /> {service.name}
          </label>
          <Select
            id={`${id}-${service.id}`}
            value={service.treatment}
            onChange={(_, data) =>
              void act("set_waiting", { service: service.id, treatment: data.value as TreatmentName })
            }
          >
            {TREATMENTS.map((treatment) => (
              <option key={treatment} value={treatment}>
                {settingsWords.treatment[treatment]}
              </option>
            ))}
          </Select>
        </div>
      ))}
    </Group>
  );
}

const THEMES: readonly ThemeName[] = ["system", "light", "dark", "contrast"];

function Looks() {
  const theme = useScreen((screen) => screen.theme);
  return (
    <Group title={settingsWords.appearance}>
      <RadioGroup
        aria-label={settingsWords.theme}
        value={theme}
        onChange={(_, data) => chooseTheme(data.value as ThemeName)}
      >
        {THEMES.map((name) => (
          <Radio key={name} value={name} label={settingsWords.themes[name]} />
        ))}
      </RadioGroup>
    </Group>
  );
}
