import { credentialIn } from './credentials';

/*
 * One check per kind of value. Each returns the faults it finds as
 * "<path> <what is wrong>, got X, expected Y; <what to do>" and an empty list for a good value, so that
 * a construct can hand them to cdk8s, which reports all of them at once with construct paths.
 */

const DNS_LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const LABEL_VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;
const LABEL_KEY =
  /^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;

/** One value in a message: short, quoted, on one line, and no credential that came there by mistake. */
function show(value: unknown): string {
  const text = asText(value);
  if (credentialIn(text) !== undefined) return 'a value that is not shown';
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

function asText(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  try {
    return JSON.stringify(value) ?? (value === undefined ? 'nothing' : `a ${typeof value}`);
  } catch {
    return 'an object that is no plain data';
  }
}

/** A message as one line, whatever keys and values are in it. */
export function oneLine(message: string): string {
  return message.replace(/[\p{Cc}\u2028\u2029]/gu, (character) =>
    character < ' '
      ? JSON.stringify(character).slice(1, -1)
      : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** One fault in the form that every message of this library has. */
export function fault(
  path: string,
  problem: string,
  got: unknown,
  expected: string,
  remedy: string,
): string {
  return `${path} ${problem}, got ${show(got)}, expected ${expected}; ${remedy}`;
}

/** Names of Services, Deployments and the like: RFC 1123 labels of at most 63 characters. */
export function checkName(path: string, value: unknown, max = 63): string[] {
  if (typeof value === 'string' && value.length <= max && DNS_LABEL.test(value)) return [];
  const why =
    typeof value === 'string' && value.length > max ? 'is too long' : 'is not a Kubernetes name';
  return [
    fault(
      path,
      why,
      value,
      `at most ${max} lower-case letters, digits and "-"`,
      'choose such a name',
    ),
  ];
}

/** Names of objects that may have dots, such as ConfigMaps and Secrets: RFC 1123 subdomains. */
export function checkObjectName(path: string, value: unknown): string[] {
  const isGood = (text: string) =>
    text.length <= 253 && text.split('.').every((label) => DNS_LABEL.test(label));
  if (typeof value === 'string' && isGood(value)) return [];
  return [
    fault(
      path,
      'is not the name of an object',
      value,
      'at most 253 lower-case letters, digits, "-" and "."',
      'correct it',
    ),
  ];
}

/** True for a key that labels and annotations may have. */
export function isLabelKey(key: string): boolean {
  return LABEL_KEY.test(key);
}

/** Labels as Kubernetes takes them. */
export function checkLabels(path: string, labels: { readonly [key: string]: string }): string[] {
  return Object.entries(labels).flatMap(([key, value]) =>
    LABEL_KEY.test(key) && LABEL_VALUE.test(value)
      ? []
      : [
          fault(
            path,
            'is not a label',
            `${key}=${value}`,
            'at most 63 letters, digits, "-", "_" and "." on either side',
            'correct it',
          ),
        ],
  );
}

/** A host name as DNS and certificates take it: no scheme, no port, no upper case, labels of at most 63. */
export function checkHost(path: string, value: unknown): string[] {
  const host = String(value);
  const bad = (problem: string, remedy: string) => [
    fault(path, problem, value, 'a lower-case host name such as api.example.com', remedy),
  ];
  if (typeof value !== 'string' || value === '') return bad('is not a host', 'name the host');
  if (host.includes('://')) return bad('has a scheme', 'write the host alone');
  if (/[A-Z]/.test(host)) return bad('has upper-case letters', 'write it in lower case');
  if (host.length > 253) return bad('is longer than 253 characters', 'shorten it');
  if (!host.includes('.')) return bad('has a single label', 'write the full name');
  const long = host.split('.').find((label) => label.length > 63);
  if (long) return bad('has a label of over 63 characters', `shorten "${long.slice(0, 12)}..."`);
  if (/(^|\.)\d+$/.test(host)) return bad('is an address', 'write a name');
  return host.split('.').every((label) => DNS_LABEL.test(label))
    ? []
    : bad('is not a host', 'use letters, digits, "-" and "." only');
}

/** The address of a page or a server. */
export function checkUrl(path: string, value: unknown): string[] {
  const text = String(value);
  if (/^https?:\/\/[^\s/]+/.test(text) && !/\s/.test(text) && URL.canParse(text)) return [];
  const meant = /^[\w-]+(\.[\w-]+)+(:\d+)?(\/|$)/.test(text)
    ? `did you mean https://${text}?`
    : 'correct it';
  return [fault(path, 'is not a URL', value, 'one such as https://docs.example.com/a', meant)];
}

/** Namespaces of Kubernetes itself, which nobody else may close or restrict. */
const OF_KUBERNETES = /^(?:default|kube-.*)$/;

/** The namespace of an application. */
export function checkNamespace(path: string, value: unknown): string[] {
  const faults = checkName(path, value);
  return faults.length === 0 && OF_KUBERNETES.test(String(value))
    ? [
        fault(
          path,
          'belongs to Kubernetes',
          value,
          'a namespace of its own',
          'choose another name, for example that of the application',
        ),
      ]
    : faults;
}

/** A TCP port. */
export function checkPort(path: string, value: unknown): string[] {
  if (Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 65535) return [];
  return [
    fault(path, 'is not a port', value, 'a whole number from 1 to 65535', 'choose such a port'),
  ];
}

/** The port of a container, which has no right to a privileged one. */
export function checkContainerPort(path: string, value: unknown): string[] {
  const faults = checkPort(path, value);
  if (faults.length > 0 || (value as number) >= 1024) return faults;
  return [
    fault(
      path,
      'is privileged',
      value,
      'at least 1024, because the container runs without the capability NET_BIND_SERVICE',
      'let the process listen on another port; clients use port 80 of the Service all the same',
    ),
  ];
}

/** A list in which nothing is twice. */
export function checkUnique(path: string, values: readonly unknown[]): string[] {
  const twice = values.filter((value, index) => values.indexOf(value) !== index);
  return [...new Set(twice)].map((value) =>
    fault(path, 'has an entry twice', value, 'each one once', 'remove one of them'),
  );
}

/** Counts: replicas, seconds, percentages. */
export function checkWholeNumber(path: string, value: unknown, min: number, max: number): string[] {
  if (Number.isInteger(value) && (value as number) >= min && (value as number) <= max) return [];
  return [
    fault(
      path,
      'is out of range',
      value,
      `a whole number from ${min} to ${max}`,
      'choose such a number',
    ),
  ];
}

/** An absolute URL path that is safe in Ingress rules and probes. */
export function checkPath(path: string, value: unknown): string[] {
  if (
    typeof value === 'string' &&
    value.length <= 512 &&
    /^\/[A-Za-z0-9._~/-]*$/.test(value) &&
    !/\/(\/|\.{1,2}(\/|$))/.test(value)
  )
    return [];
  return [
    fault(
      path,
      'is not a URL path',
      value,
      'a path such as /api/v1',
      'start it with "/" and use letters, digits, ".", "_", "~" and "-"',
    ),
  ];
}
