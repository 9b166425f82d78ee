import type { ComponentChildren } from "preact";
import { isClockSet, useNow } from "./clock.ts";
import { href, usePlace } from "./place.ts";
import { nextZone, setLanguage, setTheme, useReader } from "./reader.ts";
import { dateTime, zoneTime } from "./times.ts";
import type { View } from "./view.ts";
import { VIEWS } from "./views.ts";
import { useWords } from "./words.ts";

function Mark() {
  return (
    <svg viewBox="0 0 24 24" aria-hidden="true" class="mark">
      <circle cx="12" cy="12" r="10.2" class="rim" />
      <path d="M12 1.8v3M12 19.2v3M1.8 12h3M19.2 12h3" class="points" />
      <path d="M15.2 4.6 13.6 12.4 8.8 19.4 10.4 11.6z" class="needle" />
    </svg>
  );
}

function Clocks() {
  const { zone } = useReader();
  const words = useWords();
  const now = useNow(1000);
  return (
    <span class="clocks">
      <b>{isClockSet() ? dateTime(now) : "\u00a0"}</b>{" "}
      <button type="button" class="plain" onClick={nextZone} title={words.t("key_zone")}>
        {isClockSet() ? zoneTime(now, zone.name) : zone.label}
      </button>
    </span>
  );
}

interface ChoiceProps<T extends string> {
  readonly name: string;
  readonly chosen: T;
  readonly options: readonly (readonly [T, ComponentChildren, string])[];
  choose(value: T): void;
}

/** Two or more buttons of which one is pressed. */
export function Choice<T extends string>({ name, chosen, options, choose }: ChoiceProps<T>) {
  return (
    <span class="seg" role="group" aria-label={name}>
      {options.map(([value, shown, lang]) => (
        <button type="button" key={value} lang={lang || undefined} aria-pressed={value === chosen} onClick={() => choose(value)}>
          {shown}
        </button>
      ))}
    </span>
  );
}

function Tools({ openKeys }: { openKeys(): void }) {
  const { language, theme } = useReader();
  const words = useWords();
  return (
    <div class="tools">
      <Clocks />
      <Choice
        name={words.t("language")}
        chosen={language}
        options={[
          ["en", <abbr title="English">EN</abbr>, "en"],
          ["id", <abbr title="Bahasa Indonesia">ID</abbr>, "id"],
        ]}
        choose={setLanguage}
      />
      <Choice
        name={words.t("theme")}
        chosen={theme}
        options={[
          ["light", words.t("light"), ""],
          ["dark", words.t("dark"), ""],
        ]}
        choose={setTheme}
      />
      <button type="button" class="plain help" onClick={openKeys} aria-label={words.t("keys_title")} title={words.t("keys_title")}>
        ?
      </button>
    </div>
  );
}

function Tab({ view, isHere }: { view: View; isHere: boolean }) {
  const words = useWords();
  return (
    <a href={href(view.name)} aria-current={isHere ? "page" : undefined}>
      {words.t(view.name)}
    </a>
  );
}

/** Name, tabs, clocks, language, theme, list of keys. */
export function Header({ openKeys }: { openKeys(): void }) {
  const place = usePlace();
  const words = useWords();
  return (
    <header>
      <a class="word" href={href("network")}>
        <Mark />
        seismomag
      </a>
      <nav aria-label={words.t("views")} class="scrolls">
        {VIEWS.map((view) => (
          <Tab key={view.name} view={view} isHere={view.name === place.view} />
        ))}
      </nav>
      <Tools openKeys={openKeys} />
    </header>
  );
}

