/** Signing in with a token: reading may be open, writing never is. */
import { useRef, useState } from "preact/hooks";
import type { Problem } from "../shapes.ts";
import { English } from "./said.tsx";
import { instant, clockTime } from "./times.ts";
import { signIn, signOut, useSession } from "./session.ts";
import { useWords } from "./words.ts";

/** A field for a token; the token is not kept by the page. */
export function SignInForm({ done }: { done?: () => void }) {
  const words = useWords();
  const field = useRef<HTMLInputElement>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const submit = async (event: Event) => {
    event.preventDefault();
    const token = field.current?.value.trim() ?? "";
    const found = await signIn(token);
    setProblem(found);
    if (!found) done?.();
  };
  return (
    <form class="sign-in" onSubmit={submit}>
      <label>
        {words.t("token")}
        <input ref={field} type="password" autocomplete="off" minLength={16} maxLength={256} required />
      </label>
      <button type="submit">{words.t("sign_in")}</button>
      {problem && <p class="loud faulty" role="alert">{problem.detail || problem.title ? <English>{problem.detail || problem.title}</English> : words.t("no_server")}</p>}
    </form>
  );
}

/** In the footer: who is signed in, or a way to sign in; and that a session ended. */
export function SessionLine() {
  const { session, endedAt } = useSession();
  const words = useWords();
  const dialog = useRef<HTMLDialogElement>(null);
  if (session.role && session.csrf) {
    const until = session.expires_at ? clockTime(instant(session.expires_at)) : "";
    return (
      <span class="session" title={until && words.t("until", { time: `${until} UTC` })}>
        {session.name} · {session.role}{" "}
        <button type="button" class="plain" onClick={() => void signOut()}>
          {words.t("sign_out")}
        </button>
      </span>
    );
  }
  return (
    <span class="session">
      {endedAt !== null && (
        <span class="loud late">{words.t("session_ended", { time: `${clockTime(endedAt)} UTC` })} </span>
      )}
      <button type="button" class="plain" onClick={() => dialog.current?.showModal()}>
        {words.t("sign_in")}
      </button>
      <dialog ref={dialog} aria-label={words.t("sign_in")}>
        <SignInForm done={() => dialog.current?.close()} />
        <button type="button" class="plain" onClick={() => dialog.current?.close()}>
          {words.t("close")}
        </button>
      </dialog>
    </span>
  );
}
