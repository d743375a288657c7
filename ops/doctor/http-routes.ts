import { calledOf } from '../../lib/kubernetes/identity';
import type { Manifest } from '../../lib/manifests';
import type { Parent } from '../cluster/gateways';
import { kubectlCommand } from '../cluster/kubectl-command';
import { parentTroubles, untaken } from '../cluster/route-trouble';
import { currentParents } from '../deploy/readiness';
import { deployCommand, type Finding, type Place } from './finding';
import type { TlsSecret } from './ingress';

/** An HTTPRoute as it is, with the Gateways that it is attached to. */
export interface AttachedRoute {
  readonly route: Manifest;
  readonly parents: readonly Parent[];
}

/**
 * HTTPRoutes that are absent, that no controller has taken, or of which their controller says that something is wrong. Routes
 * of one Gateway mostly have its trouble in common, which is one finding.
 *
 * @param attached the routes of `rendered` that are in the cluster
 */
export function httpRouteFindings(
  rendered: readonly Manifest[],
  attached: readonly AttachedRoute[],
  place: Place,
): Finding[] {
  const absent = rendered.filter(
    ({ metadata }) => !attached.some(({ route }) => route.metadata.name === metadata.name),
  );
  return [
    ...absent.map((route): Finding => ({
      severity: 'error',
      object: calledOf(route),
      found: 'is not in the cluster',
      cause: 'it was deleted, or a deploy stopped before its last wave',
      remedy: deployCommand(place),
    })),
    ...joined(
      attached.flatMap(({ route, parents }) =>
        parents.flatMap((parent) => parentFindings(route, parent, place)),
      ),
    ),
  ];
}

/** The cause where it is found, and what the controller says or does not say where it is not. */
function parentFindings(route: Manifest, parent: Parent, place: Place): Finding[] {
  const troubles = parentTroubles(route, parent, place);
  if (troubles.length > 0)
    return troubles.map((trouble): Finding => ({ severity: 'error', ...trouble }));
  const { ref, gateway } = parent;
  const see = `see why: ${kubectlCommand(place, `describe httproute ${route.metadata.name}`)}`;
  const own = currentParents(route).filter(
    ({ parentRef }) =>
      parentRef.name === ref.name &&
      (parentRef.namespace ?? place.namespace) === ref.namespace &&
      parentRef.sectionName === ref.sectionName,
  );
  if (own.length === 0)
    return [
      {
        severity: 'error',
        object: calledOf(route),
        found: 'no controller has taken it; nothing leads from outside to it',
        cause: untaken(ref, gateway),
        remedy: see,
      },
    ];
  return own
    .flatMap(({ conditions = [] }) => conditions)
    .filter(({ type, status }) => status === (type === 'PartiallyInvalid' ? 'True' : 'False'))
    .map(({ type, reason, message }): Finding => ({
      severity: 'error',
      object: calledOf(route),
      found: [type, reason, message].filter((word) => word).join(': '),
      cause: MEANINGS[type] ?? 'its controller says so',
      remedy: see,
    }));
}

/** What a condition means that is not as it should be. */
const MEANINGS: { readonly [type: string]: string } = {
  Accepted: 'the Gateway does not take it; nothing leads from outside to it',
  ResolvedRefs: 'a Service or a port that it names is not there; requests for it are answered 500',
  BackendsAvailable: 'a Service that it names has no endpoints; requests for it are answered 503',
  PartiallyInvalid: 'some of its rules are left out or as they were before',
};

/** Findings that differ in the name of the route alone are one. */
function joined(findings: readonly Finding[]): Finding[] {
  const groups = new Map<string, Finding[]>();
  for (const one of findings) {
    const key = `${one.object.split('/')[0]} ${one.found} ${one.cause}`;
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()].map(([first, ...others]) => {
    const names = [...new Set(others.map(({ object }) => object))]
      .filter((object) => object !== first!.object)
      .map((object) => object.split('/')[1]);
    return names.length === 0
      ? first!
      : { ...first!, found: `${first!.found} (also ${names.join(', ')})` };
  });
}

/** The Secrets of the listeners that take routes, each with where it is. */
export function listenerSecrets(
  attached: readonly AttachedRoute[],
): (TlsSecret & { readonly namespace: string })[] {
  type Listener = {
    name: string;
    tls?: { certificateRefs?: { kind?: string; name: string; namespace?: string }[] };
  };
  const found = new Map<string, TlsSecret & { namespace: string }>();
  for (const { route, parents } of attached)
    for (const { ref, gateway } of parents) {
      if (typeof gateway !== 'object') continue;
      const secrets = ((gateway.spec?.listeners ?? []) as Listener[])
        .filter(({ name }) => ref.sectionName === undefined || name === ref.sectionName)
        .flatMap(({ tls }) => tls?.certificateRefs ?? [])
        .filter(({ kind = 'Secret' }) => kind === 'Secret');
      // Of several certificates a listener takes the one for the host, and which that is cannot be said of one alone.
      const hosts: string[] = secrets.length === 1 ? (route.spec?.hostnames ?? []) : [];
      for (const { name: secret, namespace = ref.namespace } of secrets) {
        const key = `${namespace}/${secret}`;
        const known = found.get(key)?.hosts ?? [];
        found.set(key, {
          ...{ secret, namespace, hosts: [...new Set([...known, ...hosts])] },
          otherwise: 'its listener answers nothing by HTTPS',
        });
      }
    }
  return [...found.values()];
}
