/** Header, ribbon, the view of the place, footer. */
import { useEffect, useErrorBoundary, useState } from "preact/hooks";
import type { StatusAnswer } from "../shapes.ts";
import { useAnswer } from "./answers.ts";
import { Footer } from "./footer.tsx";
import { Header } from "./header.tsx";
import { KeyList, TypedCode } from "./key_list.tsx";
import { type Binding, useKeys } from "./keys.ts";
import { go, href, type Place, usePlace } from "./place.ts";
import { nextZone, readerNow, setLanguage, setTheme } from "./reader.ts";
import { Ribbon, SILENT_AFTER } from "./ribbon.tsx";
import { SignInForm } from "./sign_in.tsx";
import { dateTime, instant } from "./times.ts";
import type { View } from "./view.ts";
import { VIEWS } from "./views.ts";
import { useWords } from "./words.ts";

function frameKeys(openKeys: () => void): readonly Binding[] {
  return [
    ...VIEWS.map((view, at) => ({
      keys: [String(at + 1)],
      written: String(at + 1),
      label: view.name,
      run: () => go(href(view.name)),
    })),
    { keys: ["t"], written: "t", label: "key_zone", run: nextZone },
    {
      keys: ["l"],
      written: "l",
      label: "key_language",
      run: () => setLanguage(readerNow().language === "en" ? "id" : "en"),
    },
    {
      keys: ["d"],
      written: "d",
      label: "key_theme",
      run: () => setTheme(readerNow().theme === "light" ? "dark" : "light"),
    },
    { keys: ["?"], written: "?", label: "keys_title", run: openKeys },
  ];
}

function Unknown({ place }: { place: Place }) {
  const words = useWords();
  return (
    <div class="problem hatched">
      <h1>{words.t("no_view", { name: place.view })}</h1>
      <ul>
        {VIEWS.map((view) => (
          <li key={view.name}>
            <a href={href(view.name)}>{words.t(view.name)}</a>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** A view that breaks in drawing says so and leaves the frame standing. */
function Guarded({ view, place }: { view: View; place: Place }) {
  const words = useWords();
  const [error, reset] = useErrorBoundary();
  if (error) {
    return (
      <div class="problem hatched" role="alert">
        <p>{words.t("view_broke")}</p>
        <button type="button" class="plain" onClick={reset}>
          {words.t("try_again")}
        </button>
      </div>
    );
  }
  return <view.component place={place} />;
}

function Main({ view, place }: { view: View | undefined; place: Place }) {
  const { problem } = useAnswer<StatusAnswer>("/status");
  const words = useWords();
  if (problem?.status === 401) {
    return (
      <div class="gate">
        <h1>{words.t("gate")}</h1>
        {problem.since && (
          <p class="loud late">
            {words.t("session_over", { time: dateTime(instant(problem.since)) })}
          </p>
        )}
        <SignInForm />
      </div>
    );
  }
  return view ? <Guarded key={view.name} view={view} place={place} /> : <Unknown place={place} />;
}

/** The whole page. */
export function Frame() {
  const place = usePlace();
  const words = useWords();
  const [isListing, setListing] = useState(false);
  const { nMissed } = useAnswer<StatusAnswer>("/status");
  const view = VIEWS.find((one) => one.name === place.view);
  useKeys(frameKeys(() => setListing(true)), []);
  useEffect(() => {
    document.title = `${view ? view.title(place, words) : words.t("no_view", { name: place.view })} — seismomag`;
  }, [place, words.language]);
  useEffect(() => {
    document.documentElement.toggleAttribute("data-stale", nMissed >= SILENT_AFTER);
  }, [nMissed]);
  return (
    <>
      <a class="skip" href="#main">
        {words.t("skip")}
      </a>
      <Header openKeys={() => setListing(true)} />
      <Ribbon isShort={view?.hasOwnRibbon ?? false} />
      <main id="main" tabIndex={-1}>
        <Main view={view} place={place} />
      </main>
      <Footer />
      <KeyList isOpen={isListing} close={() => setListing(false)} />
      <TypedCode />
    </>
  );
}
