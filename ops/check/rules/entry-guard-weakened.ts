import type { Manifest } from '../../../lib/manifests';
import { WAVE_ANNOTATION } from '../../../lib/wave-plan';
import { canonicalText } from '../../rendering/canonical';
import type { Difference } from '../../rendering/differences';
import { publicHosts } from '../../rendering/routes';
import { movesShares } from '../../rendering/shares';
import { servesNobody } from '../bundle';
import { isDescriptive } from '../descriptive';
import { type Finding, finding, type Rule, type Step } from '../rule';
import {
  isJudgedPolicy,
  isTighterPolicy,
  LEAST_PER_SECOND,
  MOST_PATIENT,
  TIGHTEST,
  TRAFFIC_POLICY,
  trafficPolicyFindings,
} from '../traffic-policy';

const NGINX = 'nginx.ingress.kubernetes.io/';

/** Annotations of ingress-nginx that admit less, or are more patient, where their number is smaller or larger. */
const TIGHTER_BELOW = ['limit-rps', 'limit-rpm', 'limit-connections', 'limit-burst-multiplier'];

/** Limits that a browser with a few tabs, or an office behind one address, does not reach. */
const LEAST: { readonly [name: string]: number } = {
  'limit-rps': LEAST_PER_SECOND,
  'limit-rpm': 600,
  'limit-connections': 20,
};

const PATIENT_ABOVE = ['proxy-read-timeout', 'proxy-send-timeout', 'proxy-connect-timeout'];

/** An entry point guards what is behind it as it did, and treats requests as it did. */
export const entryGuardWeakened: Rule = {
  name: 'entry-guard-weakened',
  protects:
    'Ingresses, routes, their policies and certificates keep what they say of requests: limits of rate and size, refused paths, timeouts, redirects, issuers.',
  refuse: (step) =>
    step.differences.flatMap((difference) => {
      const { object, before, after, change } = difference;
      if (isJudgedPolicy(difference))
        return servesNobody(step) ? [] : trafficPolicyFindings(difference, step);
      if (change === 'added') return strangeAnnotations(step, object);
      if (!isEntryField(difference) || isHarmless(difference, step)) return [];
      const key = difference.path.at(-1)!;
      return [
        finding(
          object,
          `${key} changes from ${text(before)} to ${text(after)}, and with it how requests are treated`,
          'keep it, or allow it after somebody has looked at it',
        ),
      ];
    }),
  permit: (difference, step) =>
    isJudgedPolicy(difference) || (isEntryField(difference) && isHarmless(difference, step)),
};

/** What a new entry point says that none of those that are there says; a snippet of one can reach all. */
function strangeAnnotations({ base }: Step, object: Manifest): Finding[] {
  if (!ENTRIES.includes(object.kind) || base.objects.length === 0) return [];
  const known = new Set(
    base.objects
      .filter(({ kind }) => ENTRIES.includes(kind))
      .flatMap(({ metadata }) => Object.keys(metadata.annotations ?? {})),
  );
  const guards = base
    .ofKind('Ingress')
    .filter(({ spec }) => leadsTo(spec) === leadsTo(object.spec))
    .flatMap(({ metadata, spec }) => [
      ...Object.keys(metadata.annotations ?? {}).filter((key) => GUARDS.includes(key)),
      ...(spec?.tls === undefined ? [] : ['spec.tls']),
    ]);
  const has = [
    ...Object.keys(object.metadata.annotations ?? {}),
    ...(object.spec?.tls === undefined ? [] : ['spec.tls']),
  ];
  const missing = [...new Set(guards)].filter((guard) => !has.includes(guard));
  if (object.kind === 'Ingress' && missing.length > 0)
    return [
      finding(
        object,
        `it has no ${missing.join(' and no ')}, which guard the same Service where it is reached now`,
        'let it say the same',
      ),
    ];
  return Object.keys(object.metadata.annotations ?? {})
    .filter((key) => !known.has(key) && !isDescriptive(key) && key !== WAVE_ANNOTATION)
    .filter((key) => !HARMLESS.includes(key))
    .map((key) =>
      finding(
        object,
        `${key} is said by no entry point that is there`,
        'leave it out, or allow it after somebody has looked at it',
      ),
    );
}

/** Bytes, as nginx writes them; 0 is no limit at all. */
function sizeOf(value: unknown): number {
  const [, count = '', unit = ''] = /^(\d+)([kmg]?)$/i.exec(String(value)) ?? [];
  const factor = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 }[unit.toLowerCase()] ?? 1;
  return Number(count) * factor || Infinity;
}

/** Hours of a duration of Go that has hours only. */
function hoursOf(value: unknown): number {
  return Number(/^(\d+)h(0m)?(0s)?$/.exec(String(value))?.[1]);
}

const GUARDS = ['limit-rps', 'limit-connections', 'proxy-body-size'].map(
  (name) => `${NGINX}${name}`,
);

/** The first Service of an Ingress. */
function leadsTo(spec: Manifest['spec']): unknown {
  return spec?.rules?.[0]?.http?.paths?.[0]?.backend?.service?.name as unknown;
}

/** What this library writes at entry points, besides what only people read. */
const HARMLESS = [
  ...[...TIGHTER_BELOW, ...PATIENT_ABOVE, 'proxy-body-size', 'denylist-source-range'].map(
    (name) => `${NGINX}${name}`,
  ),
  'cert-manager.io/cluster-issuer',
];

const text = (value: unknown) => (value === undefined ? 'nothing' : canonicalText(value));

const ENTRIES = ['Ingress', 'HTTPRoute', 'Certificate', TRAFFIC_POLICY];

/** A field of an entry point that is no way of a request and no text for people. */
function isEntryField({ object, path, change }: Difference): boolean {
  if (!ENTRIES.includes(object.kind) || change !== 'changed') return false;
  if (path[0] === 'metadata') return path[1] === 'annotations' && path[2] !== undefined;
  return (
    path[0] === 'spec' &&
    !(object.kind === 'Ingress' && ['rules', 'tls', 'ingressClassName'].includes(path[1] ?? '')) &&
    !(object.kind === 'HTTPRoute' && ['hostnames', 'parentRefs'].includes(path[1] ?? ''))
  );
}

function isHarmless(difference: Difference, step: Step): boolean {
  const { object, path, before, after } = difference;
  const { base, next } = step;
  if (servesNobody(step) || movesShares(difference, next)) return true;
  if (path[0] === 'metadata') {
    const key = path[2]!;
    if (key.startsWith('argocd.argoproj.io/sync-wave') || isDescriptive(key)) return true;
    if (!key.startsWith(NGINX)) return false;
    const name = key.slice(NGINX.length);
    const [from, to] = [Number(before), Number(after)];
    if (/^hsts/.test(name)) return before === undefined && after !== 'false';
    if (name === 'proxy-body-size')
      return (
        before !== undefined &&
        sizeOf(after) <= sizeOf(before) &&
        sizeOf(after) >= Math.max(1024 ** 2, Math.min(sizeOf(before), 1024 ** 4) * TIGHTEST)
      );
    if (TIGHTER_BELOW.includes(name))
      return before === undefined
        ? to >= (LEAST[name] ?? Infinity)
        : to > 0 && to <= from && to >= Math.min(from * TIGHTEST, LEAST[name] ?? Infinity);
    return (
      PATIENT_ABOVE.includes(name) &&
      to <= MOST_PATIENT &&
      (before === undefined ? to >= 60 : to >= from)
    );
  }
  if (object.kind === TRAFFIC_POLICY) return isTighterPolicy(difference);
  if (object.kind !== 'Certificate') return false;
  if (path[1] === 'renewBefore') {
    // One that is renewed all the time meets the rate limit of its issuer. cert-manager asks for 90 days where nothing is said.
    const [lifetime, early] = [object.spec?.duration ?? '2160h', after].map(hoursOf) as [
      number,
      number,
    ];
    return before === undefined && early >= 24 && early <= (lifetime * 2) / 3;
  }
  if (path[1] === 'privateKey')
    return (
      before === undefined &&
      ['"Always"', '{"rotationPolicy":"Always"}'].includes(canonicalText(after))
    );
  if (path[1] !== 'dnsNames') return false;
  const names = (certificate: Manifest | undefined): readonly string[] =>
    certificate?.spec?.dnsNames ?? [];
  const had = names(base.get('Certificate', object.metadata.name));
  const hosts = publicHosts(step.next);
  return (
    had.every((name) => names(object).includes(name)) &&
    // Let's Encrypt signs no more.
    names(object).length <= 100 &&
    // Of a host that nobody reaches there is no proof, and then no certificate at all.
    names(object).every((name) => had.includes(name) || hosts.includes(name))
  );
}
