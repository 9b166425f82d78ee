import type { ComponentChildren } from "preact";
import { Panel } from "../frame/panel.tsx";
import type { AuditAnswer } from "../shapes.ts";

interface Props {
  readonly audit: AuditAnswer;
  readonly title: string;
  readonly id: string;
  /** Part of the answer as a table; none for sentences. */
  readonly part?: string;
  readonly children: ComponentChildren;
}

/** A panel of an audit: all of its numbers come from one answer. */
export function AuditPanel({ audit, title, id, part, children }: Props) {
  const path = `/audits/${encodeURIComponent(audit.audit_id)}`;
  return (
    <Panel
      title={title}
      id={id}
      source={audit.source}
      newestAt={audit.audited_at}
      {...(part ? { csv: `${path}?format=csv&part=${part}` } : {})}
      json={path}
    >
      {children}
    </Panel>
  );
}
