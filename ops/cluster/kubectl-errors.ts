/** Why a call of kubectl came to nothing, told from what it printed. Nobody else reads that. */
export interface Reason {
  readonly code:
    | 'context'
    | 'login'
    | 'forbidden'
    | 'admission'
    | 'quota'
    | 'invalid'
    | 'immutable'
    | 'unknown-kind'
    | 'namespace'
    | 'not-found'
    | 'conflict'
    | 'connection'
    | 'other';
  /** For a person: why it failed, and what to do. */
  readonly text: string;
  /** The object that the API server does not take. */
  readonly object?: { readonly kind: string; readonly name: string };
}

type Meaning = readonly [Reason['code'], RegExp, (match: RegExpMatchArray) => string];

const namespaceMissing = (name?: string) =>
  `the namespace ${name} is missing or being deleted; wait until it is gone, then deploy again`;

const MEANINGS: readonly Meaning[] = [
  [
    'context',
    /context "([^"]*)" does not exist|no context exists with the name: "([^"]*)"/,
    ([, a, b]) =>
      `the kubeconfig has no context "${a ?? b}"; list them with: kubectl config get-contexts`,
  ],
  [
    'login',
    /You must be logged in|Unauthorized|the server has asked for the client to provide credentials/,
    () => 'the cluster does not know who you are; log in again, then repeat the command',
  ],
  [
    'forbidden',
    /User "([^"]*)" cannot (\w+) resource "([^"]*)"/,
    ([, user, verb, resource]) =>
      `${user} may not ${verb} ${resource}; ask the owner of the cluster for that right`,
  ],
  [
    'admission',
    /violates PodSecurity "([^"]*)": (.*)/,
    ([, level, why]) =>
      `a pod breaks Pod Security ${level}: ${why}; render it again, dist/ never holds such a pod`,
  ],
  [
    'quota',
    /exceeded quota: (.*)/,
    ([, what]) =>
      `the namespace's quota is used up: ${what}; retire what is not needed or raise the quota`,
  ],
  [
    'admission',
    /admission webhook "([^"]*)" denied the request: (.*)/,
    ([, webhook, why]) => `the admission webhook ${webhook} refused it: ${why}`,
  ],
  [
    'admission',
    /ValidatingAdmissionPolicy '([^']*)' with binding '[^']*' denied request: (.*)/,
    ([, policy, why]) => `the admission policy ${policy} refused it: ${why}`,
  ],
  [
    'admission',
    /failed calling webhook "([^"]*)"/,
    ([, webhook]) => `the admission webhook ${webhook} does not answer; see whether its pods run`,
  ],
  [
    'immutable',
    /(\S+) "([^"]*)" is invalid: .*?(\S+): .*field is immutable/s,
    ([, kind, name, field]) =>
      `${kind} ${name} cannot change ${field}, which Kubernetes never lets change; give the object a new name`,
  ],
  [
    'unknown-kind',
    /no matches for kind "([^"]*)" in version "([^"]*)"/,
    ([, kind, version]) =>
      `the cluster does not know the kind ${kind} of ${version}; install the operator that brings it`,
  ],
  ['not-found', /namespaces "([^"]*)" not found/, ([, name]) => namespaceMissing(name)],
  [
    'namespace',
    /namespaces "([^"]*)" is forbidden|in namespace (\S+) because it is being terminated/,
    ([, named, ending]) => namespaceMissing(named ?? ending),
  ],
  [
    'connection',
    /certificate has expired|x509: (.*)/,
    () => 'the certificate of the API server is not accepted; get a new kubeconfig',
  ],
  [
    'connection',
    /no such host/,
    () => 'the address of the API server is unknown; are you in the right network?',
  ],
];

/**
 * Words of a connection that broke, or of an API server that has just started and does not know every kind
 * yet: trying again may help, because every command that seda gives may be given twice.
 */
const CONNECTION =
  /connection refused|connection reset|i\/o timeout|TLS handshake timeout|unexpected EOF|: EOF|http2: client connection lost|etcdserver: (leader changed|request timed out)|apiserver not ready|Service Unavailable|the server is currently unable|context deadline exceeded|did you specify the right host|error trying to reach service|Too many requests|doesn't have a resource type|resource mapping not found/i;

/** True when the API server could not be asked, so that nothing is known of what it would say. */
export function isConnectionError(output: string): boolean {
  return CONNECTION.test(output);
}

/** Names of kinds come with their group or without. */
const NAMED = /(?:^|\s)([A-Z]\w*)(?:\.[\w.]+)? "([^"]+)" is invalid/;

/** What kubectl says well enough itself. */
const PLAIN: readonly (readonly [Reason['code'], RegExp])[] = [
  ['invalid', NAMED],
  ['conflict', /AlreadyExists|already exists|the object has been modified|Conflict/],
  ['not-found', /NotFound|not find the requested resource/],
];

/** Why a call failed; kubectl's own last line where nothing better is known. */
export function reasonOf(output: string): Reason {
  const [, kind, name] = NAMED.exec(output) ?? [];
  const object = kind === undefined || name === undefined ? {} : { object: { kind, name } };
  for (const [code, pattern, say] of MEANINGS) {
    const match = pattern.exec(output);
    if (match) return { code, text: say(match), ...object };
  }
  if (isConnectionError(output))
    return {
      code: 'connection',
      text: 'the API server does not answer; is the cluster up, and are you in its network?',
    };
  const lines = output
    .trim()
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('Warning:'));
  return {
    code: PLAIN.find(([, pattern]) => pattern.test(output))?.[0] ?? 'other',
    text: lines.at(-1) ?? 'kubectl failed and said nothing',
    ...object,
  };
}
