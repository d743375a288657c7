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

/** A kubectl command that a person can copy. */
export function kubectlCommand({ context, namespace }: Place, command: string): string {
  return `kubectl --context=${context} --namespace=${namespace} ${command}`;
}

/** The deploy that puts the cluster right. */
export function deployCommand({ name, context }: Place, ...options: string[]): string {
  return ['seda deploy', name, `--context ${context}`, ...options].join(' ');
}

/** Errors first; of one severity, in the order in which the checks are listed. */
export function bySeverity(findings: readonly Finding[]): Finding[] {
  return [...findings.filter(({ severity }) => severity === 'error'), ...findings.filter(({ severity }) => severity === 'warning')];
}

/** Events and logs are written by programs that may not know what they must not say. */
const CREDENTIALS: readonly (readonly [RegExp, string])[] = [
  [/(\w:\/\/)[^\s/@]+@/g, '$1[hidden]@'],
  [/\beyJ[\w-]+\.[\w-]+\.[\w-]*/g, '[hidden]'],
  [/\b(bearer|basic) [\w+/=.~-]{8,}/gi, '$1 [hidden]'],
  [/((?:password|passwd|secret|token|api[_-]?key|service[_-]?key)["']?\s*[=:]\s*["']?)[^\s"',;]+/gi, '$1[hidden]'],
];

/** A finding without passwords and tokens, wherever its words come from. */
export function withoutCredentials(finding: Finding): Finding {
  const hide = (text: string) => CREDENTIALS.reduce((hidden, [pattern, instead]) => hidden.replace(pattern, instead), text);
  return { ...finding, found: hide(finding.found), cause: hide(finding.cause), ...(finding.details ? { details: finding.details.map(hide) } : {}) };
}

/** What a person reads. */
export function doctorText(name: string, findings: readonly Finding[]): string {
  if (findings.length === 0) return `nothing is wrong with ${name}`;
  const blocks = findings.map(({ severity, object, found, cause, remedy, details = [] }) =>
    [`${severity}: ${object}: ${found}`, `  cause: ${cause}`, `  mend:  ${remedy}`, ...details.map((detail) => `    ${detail}`)].join('\n'),
  );
  const count = (severity: Finding['severity'], word: string) => {
    const { length } = findings.filter((finding) => finding.severity === severity);
    return length === 0 ? [] : [`${length} ${word}${length === 1 ? '' : 's'}`];
  };
  return [...blocks, `${name}: ${[...count('error', 'error'), ...count('warning', 'warning')].join(', ')}`].join('\n\n');
}
