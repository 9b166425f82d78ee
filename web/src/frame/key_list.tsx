/** The list of keys (`?`), and the box that shows a code being typed after `g`. */
import { useEffect, useRef } from "preact/hooks";
import { useBindings, useTyped } from "./keys.ts";
import { setLetterKeys, useReader } from "./reader.ts";
import { useWords } from "./words.ts";

interface Props {
  readonly isOpen: boolean;
  close(): void;
}

function Rows() {
  const words = useWords();
  const rows = new Map<string, string>();
  for (const binding of useBindings()) rows.set(binding.written, words.t(binding.label));
  return (
    <table>
      <tbody>
        {[...rows].map(([written, label]) => (
          <tr key={written}>
            <th scope="row">
              <kbd>{written}</kbd>
            </th>
            <td>{label}</td>
          </tr>
        ))}
        <tr>
          <th scope="row">
            <kbd>g</kbd> <kbd>A</kbd> <kbd>L</kbd> <kbd>R</kbd>
          </th>
          <td>{words.t("key_code")}</td>
        </tr>
      </tbody>
    </table>
  );
}

/** All keys of the view that is shown. */
export function KeyList({ isOpen, close }: Props) {
  const words = useWords();
  const { hasLetterKeys } = useReader();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (isOpen && !dialog.current?.open) dialog.current?.showModal();
    if (!isOpen) dialog.current?.close();
  }, [isOpen]);
  return (
    <dialog ref={dialog} class="keys" aria-labelledby="keys-title" onClose={close}>
      <h2 id="keys-title">{words.t("keys_title")}</h2>
      {isOpen && <Rows />}
      <label class="switch">
        <input
          type="checkbox"
          checked={hasLetterKeys}
          onChange={(event) => setLetterKeys(event.currentTarget.checked)}
        />
        {words.t("letter_keys")}
      </label>
      <button type="button" onClick={close}>
        {words.t("close")}
      </button>
    </dialog>
  );
}

/** What has been typed after `g`. */
export function TypedCode() {
  const typed = useTyped();
  const words = useWords();
  if (typed === null) return null;
  return (
    <div class="typed" role="status">
      {words.t("station")}: <b>{typed.padEnd(3, "·")}</b> <span class="sub">{words.t("typed_hint")}</span>
    </div>
  );
}
