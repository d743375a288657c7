import type { SedaEnvironment } from '../environments/environment';
import { fault, oneLine } from '../lib/checks';
import { ask as request, type HttpAnswer, MAX_KIB } from './health-request';
import type { Clock, Io } from './io';
import { Releases } from './release';

/** How to ask. */
export interface HealthOptions {
  /**
   * An address, or with a path exactly what to ask.
   * @default - the environment's public address and the API's readiness path
   */
  readonly url?: string;
  /**
   * Connect to this host or IP address, with a port or without, and leave SNI and `Host` as they are: it proves a new way in
   * before DNS leads there.
   * @default - where DNS leads
   */
  readonly address?: string;
  readonly attempts: number;
  /** Between two attempts. */
  readonly intervalSeconds: number;
  /** What one attempt may take. */
  readonly timeoutSeconds: number;
}

/** One request and what came of it. */
export interface HealthAttempt {
  /**
   * The status of the answer.
   * @default - nothing answered
   */
  readonly status?: number;
  readonly milliseconds: number;
  /** The answer says that the database is up. */
  readonly database: boolean;
  /** What was found, for people. */
  readonly says: string;
  /**
   * What to do about it.
   * @default - nothing is to do, or `seda doctor` knows more
   */
  readonly remedy?: string;
}

/** What an environment answers. */
export interface HealthResult {
  readonly environment: string;
  readonly url: string;
  /**
   * Where the connection went.
   * @default - where DNS leads
   */
  readonly address?: string;
  readonly healthy: boolean;
  readonly attempts: readonly HealthAttempt[];
  /**
   * The colour that gave the last answer.
   * @default - the answer does not say
   */
  readonly colour?: string;
  /**
   * The version that gave the last answer.
   * @default - the answer does not say
   */
  readonly version?: string;
}

type Answer = Pick<HealthResult, 'healthy' | 'colour' | 'version'> & {
  readonly attempt: Omit<HealthAttempt, 'milliseconds'>;
};

const DESCRIBE = 'kubectl --namespace=NAMESPACE describe certificate';
/** Codes of Node and OpenSSL, what they mean, and what to do. */
const CONNECTION: readonly (readonly [codes: RegExp, means: string, remedy: string])[] = [
  [/^ECONNREFUSED$/, 'nothing listens there', 'look at the port and at the ingress controller'],
  [
    /^ECONNRESET$/,
    'the connection was cut',
    'look at the ingress controller and at restarts of the pods',
  ],
  [
    /^(ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)$/,
    'no connection comes about',
    'look at firewalls, the load balancer and the network of this machine',
  ],
  [
    /^ENOTFOUND$/,
    'DNS does not know the host',
    'create the DNS record that leads to the ingress, or correct the domain',
  ],
  [/^EAI_AGAIN$/, 'DNS does not answer', 'look at the network of this machine'],
  [/^CERT_HAS_EXPIRED$/, 'the certificate has expired', `renew it; ${DESCRIBE}`],
  [/^CERT_NOT_YET_VALID$/, 'the certificate is not valid yet', 'look at the clock of this machine'],
  [
    /^ERR_TLS_CERT_ALTNAME_INVALID$/,
    'the certificate is for another host',
    `correct the domain or the names in it; ${DESCRIBE}`,
  ],
  [
    /SELF_SIGNED_CERT|^UNABLE_TO_/,
    'this machine does not trust who signed the certificate',
    `it may not be issued yet, or a private CA belongs in NODE_EXTRA_CA_CERTS; ${DESCRIBE}`,
  ],
  [
    /^ERR_SSL_|^EPROTO$/,
    'it does not speak TLS there',
    'ask by http://, or give the port that speaks TLS',
  ],
];

/**
 * Asks an environment for its health, the way its users reach it, until it is good or has had its attempts.
 *
 * @throws Error when there is no such environment
 */
export async function health(
  { cwd, clock }: Pick<Io, 'cwd' | 'clock'>,
  name: string,
  options: HealthOptions,
  print: (line: string) => void,
): Promise<HealthResult> {
  const releases = new Releases(cwd);
  const environment = releases.environment(name);
  const url = healthUrl(environment, releases.readinessPath, options.url);
  const attempts: HealthAttempt[] = [];
  for (;;) {
    const start = clock.now();
    const { attempt, ...answer } = await ask(url, environment.namespace, options, clock);
    attempts.push({ ...attempt, milliseconds: clock.now() - start });
    const last = answer.healthy || attempts.length === options.attempts;
    print(
      `attempt ${attempts.length} of ${options.attempts}: ${attempt.says}${last ? '' : `; asks again in ${options.intervalSeconds} s`}`,
    );
    if (last) {
      const { address } = options;
      return { environment: name, url, ...(address ? { address } : {}), ...answer, attempts };
    }
    await clock.sleep(options.intervalSeconds * 1000);
  }
}

/** The last line, for who has seen the attempts as they went. */
export function healthVerdict({
  environment,
  url,
  address,
  healthy,
  attempts,
  colour,
  version,
}: HealthResult): string {
  const { says, remedy, milliseconds } = attempts.at(-1)!;
  const asked = address === undefined ? url : `${url} at ${address}`;
  if (healthy)
    return `${environment}: healthy, ${asked} ${says} in ${milliseconds} ms, colour ${colour ?? 'unknown'}, version ${version ?? 'unknown'}`;
  return `${environment}: not healthy after ${attempts.length} ${attempts.length === 1 ? 'attempt' : 'attempts'}, ${asked} ${says}, expected 200 and database up; ${remedy ? `${remedy}; ` : ''}next: seda doctor ${environment}`;
}

/** What is wrong with an address to ask. */
export function urlFaults(url: string | undefined): string[] {
  if (url === undefined) return [];
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (!parsed || !/^https?:$/.test(parsed.protocol))
    return [
      fault('health: url', 'is not a web address', url, 'http://... or https://...', 'correct it'),
    ];
  // A message ends up in logs, so it must not show them.
  return parsed.username + parsed.password === ''
    ? []
    : ['health: url holds credentials, expected none; leave them out, health needs none'];
}

function healthUrl(
  { domain, tls }: SedaEnvironment,
  path: string,
  given = `${tls.kind === 'none' ? 'http' : 'https'}://${domain}`,
): string {
  const url = new URL(given);
  if (url.pathname === '/') url.pathname = path;
  return url.href;
}

async function ask(
  url: string,
  namespace: string,
  { address, timeoutSeconds }: HealthOptions,
  clock: Clock,
): Promise<Answer> {
  const bad = (says: string, remedy?: string, status?: number): Answer => ({
    healthy: false,
    attempt: {
      ...(status ? { status } : {}),
      database: false,
      says,
      ...(remedy ? { remedy: remedy.replace('NAMESPACE', namespace) } : {}),
    },
  });
  const signal = clock.timeout(timeoutSeconds * 1000);
  try {
    const answer = await request(url, { signal, ...(address ? { address } : {}) });
    if (answer.text === undefined)
      return bad(
        `answers ${answer.status} with more than ${MAX_KIB} KiB, which is no health`,
        'look at the path and at the rules of the ingress',
        answer.status,
      );
    return judge(answer, answer.text);
  } catch (error) {
    if (signal.aborted)
      return bad(
        `gave no answer within ${timeoutSeconds} s`,
        'look at the load of the pods and the database',
      );
    const { code = '', message } = error as NodeJS.ErrnoException;
    const [, means, remedy] = CONNECTION.find(([codes]) => codes.test(code)) ?? [];
    return bad(
      `gave no answer: ${means ? `${means} (${code})` : oneLine([code, message].filter(Boolean).join(' '))}`,
      remedy,
    );
  }
}

function judge({ status, headers }: HttpAnswer, text: string): Answer {
  const { location } = headers;
  const body = jsonObject(text);
  const database =
    body?.checks?.database === true ||
    body?.details?.database?.status === 'up' ||
    body?.info?.database?.status === 'up';
  const state = body
    ? `database ${database ? 'up' : 'not up'}`
    : `no JSON object but ${oneLine(JSON.stringify(text.slice(0, 60)))}`;
  // What answers may be anything: nothing but a plain word reaches the terminal.
  const word = (...values: unknown[]) =>
    values.find(
      (value): value is string => typeof value === 'string' && /^[\w.+@:/-]{1,128}$/.test(value),
    );
  const [colour, version] = [
    word(headers['x-seda-colour'], body?.colour),
    word(headers['x-seda-version'], body?.version),
  ];
  const redirects = status >= 300 && status < 400 && location !== undefined;
  const remedy = redirects
    ? 'ask by --url what it redirects to, or correct the ingress'
    : remedyOf(status, body !== undefined, database);
  return {
    healthy: status === 200 && database,
    ...(colour ? { colour } : {}),
    ...(version ? { version } : {}),
    attempt: {
      status,
      database,
      says: redirects
        ? `answers ${status}, a redirect to ${oneLine(location)}`
        : `answers ${status}, ${state}`,
      ...(remedy ? { remedy } : {}),
    },
  };
}

function remedyOf(status: number, isHealth: boolean, database: boolean): string | undefined {
  if (isHealth && !database) return 'look at the database and at DATABASE_URL in the Secret';
  if (status === 404) return 'look at the path and at the rules of the ingress';
  return status >= 502 && status <= 504
    ? 'the ingress may have no ready pod; look at the pods'
    : undefined;
}

interface Terminus {
  readonly database?: { readonly status?: unknown };
}

function jsonObject(text: string):
  | {
      checks?: { database?: unknown };
      details?: Terminus;
      info?: Terminus;
      colour?: unknown;
      version?: unknown;
    }
  | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
