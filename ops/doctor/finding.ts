import { withoutCredentials } from '../confidential';

/** Something that is wrong, and how to put it right. */
export interface Finding {
  readonly severity: 'error' | 'warning';
  /** What it is about: "Service/seda-api". */
  readonly object: string;
  readonly found: string;
  readonly cause: string;
  /** The command or the change that mends it. */
  readonly remedy: string;
  /** Events, last log lines and the like. */
  readonly details?: readonly string[];
}

/** Whose findings they are, for the commands in them. */
export interface Place {
  readonly name: string;
  readonly context: string;
  readonly namespace: string;
}

/** The deploy that puts the cluster right. */
export function deployCommand({ name, context }: Place, ...options: string[]): string {
  return ['seda deploy', name, `--context ${context}`, ...options].join(' ');
}

/** Errors first; of one severity, in the order in which the checks are listed. */
export function bySeverity(findings: readonly Finding[]): Finding[] {
  return [
    ...findings.filter(({ severity }) => severity === 'error'),
    ...findings.filter(({ severity }) => severity === 'warning'),
  ];
}

/** A finding without passwords and tokens, wherever its words come from. */
export function withoutCredentialsIn(finding: Finding): Finding {
  const { found, cause, details } = finding;
  return {
    ...finding,
    found: withoutCredentials(found),
    cause: withoutCredentials(cause),
    ...(details ? { details: details.map(withoutCredentials) } : {}),
  };
}

/** What a person reads. */
export function doctorText(name: string, findings: readonly Finding[]): string {
  if (findings.length === 0) return `nothing is wrong with ${name}`;
  const blocks = findings.map(({ severity, object, found, cause, remedy, details = [] }) =>
    [
      `${severity}: ${object}: ${found}`,
      `  cause: ${cause}`,
      `  mend:  ${remedy}`,
      ...details.map((detail) => `    ${detail}`),
    ].join('\n'),
  );
  const count = (severity: Finding['severity'], word: string) => {
    const { length } = findings.filter((finding) => finding.severity === severity);
    return length === 0 ? [] : [`${length} ${word}${length === 1 ? '' : 's'}`];
  };
  return [
    ...blocks,
    `${name}: ${[...count('error', 'error'), ...count('warning', 'warning')].join(', ')}`,
  ].join('\n\n');
}
