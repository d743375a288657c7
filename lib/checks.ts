import { credentialFault, credentialIn } from './credentials';
import { parseQuantity } from './quantity';

/*
 * One check per kind of value. Each returns the faults it finds as
 * "<path> <what is wrong>, got X, expected Y; <what to do>" and an empty list for a good value, so that
 * a construct can hand them to cdk8s, which reports all of them at once with construct paths.
 */

/** Resources of one container, as Kubernetes writes them. */
export interface Resources {
  /** e.g. `{ cpu: '250m', memory: '256Mi' }` */
  readonly requests: { readonly [resource: string]: string };
  /** e.g. `{ memory: '512Mi' }` */
  readonly limits: { readonly [resource: string]: string };
}

const DNS_LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const LABEL_VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;
const LABEL_KEY =
  /^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const RESOURCES: readonly string[] = ['cpu', 'memory', 'ephemeral-storage'];
const ENVIRONMENT_VARIABLE = /^[A-Z_][A-Z0-9_]*$/;

/** One value in a message: short, quoted, on one line, and no credential that came there by mistake. */
function show(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  if (credentialIn(text) !== undefined) return 'a value that is not shown';
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
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

/** A TCP port. */
export function checkPort(path: string, value: unknown): string[] {
  if (Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 65535) return [];
  return [
    fault(path, 'is not a port', value, 'a whole number from 1 to 65535', 'choose such a port'),
  ];
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

/** A quantity above zero, in the notation of Kubernetes. */
export function checkQuantity(path: string, value: unknown): string[] {
  if ((parseQuantity(String(value)) ?? 0) > 0) return [];
  return [
    fault(path, 'is not a quantity', value, 'a quantity such as 250m or 256Mi', 'correct it'),
  ];
}

/** Quantities of resources that exist, and no request above its limit. */
export function checkResources(path: string, resources: Resources): string[] {
  const { requests = {}, limits = {} } = resources ?? {};
  const faults = Object.entries({ requests, limits }).flatMap(([side, quantities]) =>
    Object.entries(quantities).flatMap(([resource, text]) => [
      ...(RESOURCES.includes(resource)
        ? []
        : [
            fault(
              `${path}.${side}`,
              'names an unknown resource',
              resource,
              RESOURCES.join(', '),
              'correct the name',
            ),
          ]),
      ...checkQuantity(`${path}.${side}.${resource}`, text),
    ]),
  );
  for (const [resource, request] of Object.entries(requests)) {
    const limit = limits[resource];
    if (limit !== undefined && (parseQuantity(request) ?? 0) > (parseQuantity(limit) ?? Infinity)) {
      faults.push(
        fault(
          `${path}.requests.${resource}`,
          'is above the limit',
          request,
          `at most ${limit}`,
          'lower the request or raise the limit',
        ),
      );
    }
  }
  return faults;
}

/**
 * Configuration that may stand in git: environment-variable names, text values, and no credential.
 *
 * @param notCredentials variables that look like a credential, and of which somebody says that they are none
 */
export function checkConfig(
  path: string,
  config: { readonly [key: string]: unknown },
  notCredentials: readonly string[] = [],
): string[] {
  return Object.entries(config ?? {}).flatMap(([key, value]) => {
    const at = `${path}.${key}`;
    const faults: string[] = [];
    if (!ENVIRONMENT_VARIABLE.test(key)) {
      faults.push(
        fault(
          at,
          'is not an environment variable',
          key,
          'upper-case letters, digits and "_"',
          'rename it',
        ),
      );
    }
    const problem = notCredentials.includes(key) ? undefined : credentialFault(key, String(value));
    if (typeof value !== 'string' && problem === undefined) {
      faults.push(fault(at, 'is not a text', value, 'a string', 'quote it'));
    }
    // The value itself must not reach a log.
    if (problem !== undefined) {
      const store = 'keep it in the secret store and refer to its key';
      const remedy = problem.startsWith('is named')
        ? `${store}, or name it in notCredentials if it is none`
        : store;
      faults.push(`${at} ${problem}, expected no credential in configuration; ${remedy}`);
    }
    return faults;
  });
}
