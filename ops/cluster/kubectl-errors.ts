/** What kubectl says when something fails, and what that means for a person. */
const MEANINGS: readonly (readonly [RegExp, (match: RegExpMatchArray) => string])[] = [
  [
    /context "([^"]*)" does not exist|no context exists with the name: "([^"]*)"/,
    ([, a, b]) =>
      `the kubeconfig has no context "${a ?? b}"; list them with: kubectl config get-contexts`,
  ],
  [
    /You must be logged in|Unauthorized|the server has asked for the client to provide credentials/,
    () => 'the cluster does not know who you are; log in again, then repeat the command',
  ],
  [
    /User "([^"]*)" cannot (\w+) resource "([^"]*)"/,
    ([, user, verb, resource]) =>
      `${user} may not ${verb} ${resource}; ask the owner of the cluster for that right`,
  ],
  [
    /violates PodSecurity "([^"]*)": (.*)/,
    ([, level, why]) =>
      `a pod breaks Pod Security ${level}: ${why}; render it again, dist/ never holds such a pod`,
  ],
  [
    /exceeded quota: (.*)/,
    ([, what]) =>
      `the namespace's quota is used up: ${what}; retire what is not needed or raise the quota`,
  ],
  [
    /admission webhook "([^"]*)" denied the request: (.*)/,
    ([, webhook, why]) => `the admission webhook ${webhook} refused it: ${why}`,
  ],
  [
    /ValidatingAdmissionPolicy '([^']*)' with binding '[^']*' denied request: (.*)/,
    ([, policy, why]) => `the admission policy ${policy} refused it: ${why}`,
  ],
  [
    /failed calling webhook "([^"]*)"/,
    ([, webhook]) => `the admission webhook ${webhook} does not answer; see whether its pods run`,
  ],
  [
    /(\S+) "([^"]*)" is invalid: .*?(\S+): .*field is immutable/s,
    ([, kind, name, field]) =>
      `${kind} ${name} cannot change ${field}, which Kubernetes never lets change; give the object a new name`,
  ],
  [
    /no matches for kind "([^"]*)" in version "([^"]*)"/,
    ([, kind, version]) =>
      `the cluster does not know the kind ${kind} of ${version}; install the operator that brings it`,
  ],
  [
    /namespaces "([^"]*)" (?:not found|is forbidden)|in namespace (\S+) because it is being terminated/,
    ([, named, ending]) =>
      `the namespace ${named ?? ending} is missing or being deleted; wait until it is gone, then deploy again`,
  ],
  [
    /certificate has expired|x509: (.*)/,
    () => 'the certificate of the API server is not accepted; get a new kubeconfig',
  ],
  [/no such host/, () => 'the address of the API server is unknown; are you in the right network?'],
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

/** What failed, why, and what to do; kubectl's own last line where nothing better is known. */
export function explain(output: string): string {
  for (const [pattern, say] of MEANINGS) {
    const match = pattern.exec(output);
    if (match) return say(match);
  }
  if (isConnectionError(output))
    return 'the API server does not answer; is the cluster up, and are you in its network?';
  const lines = output
    .trim()
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('Warning:'));
  return lines.at(-1) ?? 'kubectl failed and said nothing';
}
