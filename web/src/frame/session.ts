/** Who is signed in, and writes with the session's CSRF token. */
import type { Problem, Session } from "../shapes.ts";
import { API, problemOf, rereadAll, SILENT } from "./answers.ts";
import { now } from "./clock.ts";
import { store, useStore } from "./store.ts";

const NOBODY: Session = { name: null, role: null, expires_at: null, csrf: null };

interface Known {
  readonly session: Session;
  /** When a session ended while the page was open; null if none did. */
  readonly endedAt: number | null;
}

const known = store<Known>({ session: NOBODY, endedAt: null });

export const useSession = (): Known => useStore(known);

/** Whether somebody may acknowledge (operator) or decide (admin). */
export function mayWrite(session: Session, role: "operator" | "admin"): boolean {
  return session.role === "admin" || session.role === role;
}

async function tell(path: string, method: string, body?: unknown): Promise<Response | Problem> {
  const headers: Record<string, string> = { Accept: "application/json" };
  const { csrf } = known.get().session;
  if (csrf) headers["X-CSRF-Token"] = csrf;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  try {
    const answer = await fetch(API + path, {
      method,
      headers,
      body: body === undefined ? null : JSON.stringify(body),
    });
    return answer.ok ? answer : await problemOf(answer);
  } catch {
    return SILENT;
  }
}

/** Learn who is signed in. */
export async function readSession(): Promise<void> {
  const answer = await tell("/session", "GET");
  if (!(answer instanceof Response)) return;
  const session = (await answer.json()) as Session;
  const before = known.get();
  const hasEnded = before.session.role !== null && session.csrf === null && before.session.csrf !== null;
  known.set({ session, endedAt: hasEnded ? now() : before.endedAt });
}

/** Sign in with a token; the answer is the problem, or null. */
export async function signIn(token: string): Promise<Problem | null> {
  const answer = await tell("/session", "POST", { token });
  if (!(answer instanceof Response)) return answer;
  known.set({ session: (await answer.json()) as Session, endedAt: null });
  rereadAll();
  return null;
}

export async function signOut(): Promise<void> {
  await tell("/session", "DELETE");
  known.set({ session: NOBODY, endedAt: null });
  await readSession();
  rereadAll();
}

/** Write to the API; the answer is the problem, or null. A lost session is remembered. */
export async function write(path: string, body: unknown): Promise<Problem | null> {
  const answer = await tell(path, "POST", body);
  if (answer instanceof Response) {
    rereadAll();
    return null;
  }
  if (answer.status === 401) known.set({ session: NOBODY, endedAt: now() });
  return answer;
}
