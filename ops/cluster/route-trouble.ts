import { calledOf } from '../../lib/kubernetes/identity';
import type { ParentRef } from '../../lib/kubernetes/routes';
import { type LabelSelector, matches } from '../../lib/kubernetes/selection';
import type { Manifest } from '../../lib/manifests';
import { covers } from '../rendering/routes';
import type { Looked, Parent } from './gateways';
import { kubectlCommand } from './kubectl-command';

/** Why a Gateway does not take a route, or sends no requests to it. */
export interface RouteTrouble {
  /** What it is about: "Gateway/public". */
  readonly object: string;
  readonly found: string;
  readonly cause: string;
  readonly remedy: string;
}

/** Where the route is, and how the cluster is reached. */
export interface RoutePlace {
  readonly context: string;
  readonly namespace: string;
}

interface Listener {
  readonly name: string;
  readonly protocol: string;
  readonly hostname?: string;
  readonly allowedRoutes?: {
    readonly kinds?: readonly { readonly kind: string }[];
    readonly namespaces?: { readonly from?: string; readonly selector?: LabelSelector };
  };
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

/** What is wrong with the Gateway of a route, as far as it may be seen: its class, itself, the listener that is named. */
export function parentTroubles(route: Manifest, parent: Parent, place: RoutePlace): RouteTrouble[] {
  const { ref, gateway, elsewhere } = parent;
  if (gateway === 'hidden') return [];
  if (gateway === 'absent')
    return [
      {
        object: `Gateway/${ref.name}`,
        found: `does not exist in the namespace ${ref.namespace}`,
        cause:
          elsewhere.length > 0
            ? `there is one of that name in ${elsewhere.join(', ')}`
            : 'nobody has made it, or it has another name',
        remedy: 'correct ingress.gateway of the environment, or have the Gateway made',
      },
    ];
  return [
    ...classTroubles(parent, gateway),
    ...gatewayTroubles(gateway, ref.namespace, place),
    ...listenerTroubles(route, parent, gateway, place),
  ];
}

/** The likely cause, where nothing that may be seen is wrong and yet no controller has taken a route. */
export function untaken({ name, namespace, sectionName }: ParentRef, gateway: Looked): string {
  return gateway === 'hidden'
    ? `you may not read Gateway/${name} in ${namespace}: it may not be there, have no listener ${sectionName ?? 'for HTTP'}, or not admit this namespace`
    : `no controller of Gateway/${name} in ${namespace} runs, or it has not seen the route yet`;
}

function classTroubles({ gatewayClass }: Parent, { spec }: Manifest): RouteTrouble[] {
  const object = `GatewayClass/${spec?.gatewayClassName}`;
  if (gatewayClass === 'absent')
    return [
      {
        object,
        found: 'does not exist',
        cause: 'no controller that brings it is installed',
        remedy: 'install it, or have the Gateway name a class that is there',
      },
    ];
  if (gatewayClass === 'hidden' || conditionOf(gatewayClass, 'Accepted')?.status === 'True')
    return [];
  return [
    {
      object,
      found: `no controller has taken it${said(conditionOf(gatewayClass, 'Accepted'))}`,
      cause: `none named ${gatewayClass.spec?.controllerName} runs, or it refuses the class`,
      remedy: 'see whether the pods of the controller run',
    },
  ];
}

function gatewayTroubles(
  gateway: Manifest,
  namespace: string,
  { context }: RoutePlace,
): RouteTrouble[] {
  const { name } = gateway.metadata;
  const trouble = (found: string, cause: string): RouteTrouble => ({
    object: `Gateway/${name}`,
    found,
    cause,
    remedy: `see why: ${kubectlCommand({ context, namespace }, `describe gateway ${name}`)}`,
  });
  const [accepted, programmed] = ['Accepted', 'Programmed'].map((type) =>
    conditionOf(gateway, type),
  );
  // The API server itself writes both as Unknown into a new Gateway.
  if (![accepted, programmed].some((one) => one && one.status !== 'Unknown'))
    return [
      trouble(
        'no controller has taken it',
        `no controller of the class ${gateway.spec?.gatewayClassName} runs`,
      ),
    ];
  if (accepted?.status === 'False')
    return [trouble(`is refused by its controller${said(accepted)}`, 'something in it is wrong')];
  if (programmed?.status !== 'True')
    return [
      trouble(
        `is not programmed${said(programmed)}`,
        'its proxies do not run, or nothing gives them an address',
      ),
    ];
  return (gateway.status?.addresses ?? []).length > 0
    ? []
    : [trouble('has no address', 'nothing gives its proxies one, such as a load balancer')];
}

function listenerTroubles(
  route: Manifest,
  parent: Parent,
  gateway: Manifest,
  place: RoutePlace,
): RouteTrouble[] {
  const { sectionName, namespace } = parent.ref;
  const { name } = gateway.metadata;
  const all = (gateway.spec?.listeners ?? []) as Listener[];
  const named = all.filter((one) => sectionName === undefined || one.name === sectionName);
  const owner = { context: place.context, namespace };
  if (named.length === 0)
    return [
      {
        object: calledOf(route),
        found: `names the listener ${sectionName}, which Gateway/${name} does not have`,
        cause: `it has ${all.map((one) => one.name).join(', ')}`,
        remedy:
          'name one of them as httpsListener or httpListener in ingress.gateway of the environment, or have the listener added',
      },
    ];
  const refusals = named.map((one) => refusalOf(one, route, parent, place.namespace));
  const [first] = refusals;
  if (first !== undefined && !refusals.includes(undefined))
    return [
      {
        object: calledOf(route),
        found: `the listener ${named[0]!.name} of Gateway/${name} does not admit it`,
        cause: first,
        remedy: `have it admitted: ${kubectlCommand(owner, `edit gateway ${name}`)}`,
      },
    ];
  return named.flatMap((one) => {
    const unresolved = listenerCondition(gateway, one.name, 'ResolvedRefs');
    return unresolved?.status !== 'False'
      ? []
      : [
          {
            object: `Gateway/${name}`,
            found: `its listener ${one.name} is not served as it says${said(unresolved)}`,
            cause:
              'the Secret of its certificate is not there, holds no certificate, or is in a namespace whose ReferenceGrant does not let the Gateway read it',
            remedy: `see which: ${kubectlCommand(owner, `describe gateway ${name}`)}`,
          },
        ];
  });
}

/** Why a listener admits no route like this one. */
function refusalOf(
  { protocol, hostname, allowedRoutes = {} }: Listener,
  { spec }: Manifest,
  { ref, namespace: its }: Parent,
  namespace: string,
): string | undefined {
  const { kinds = [], namespaces = {} } = allowedRoutes;
  if (!['HTTP', 'HTTPS'].includes(protocol))
    return `its protocol is ${protocol}, and an HTTPRoute needs HTTP or HTTPS`;
  if (kinds.length > 0 && !kinds.some(({ kind }) => kind === 'HTTPRoute'))
    return `its allowedRoutes.kinds are ${kinds.map(({ kind }) => kind).join(', ')}`;
  const { from = 'Same', selector } = namespaces;
  if (from === 'Same' && ref.namespace !== namespace)
    return `its allowedRoutes.namespaces.from is Same, and the route is in ${namespace}`;
  if (from === 'None') return 'its allowedRoutes.namespaces.from is None';
  if (from === 'Selector' && typeof its === 'object' && !matches(selector, its.metadata.labels))
    return `its allowedRoutes.namespaces.selector does not select the labels of the namespace ${namespace}`;
  const hosts = (spec?.hostnames ?? []) as readonly string[];
  if (
    hostname !== undefined &&
    hosts.length > 0 &&
    !hosts.some((host) => covers(hostname, host) || covers(host, hostname))
  )
    return `its hostname is ${hostname}, and those of the route are ${hosts.join(', ')}`;
  return undefined;
}

function conditionOf({ status }: Manifest, type: string): Condition | undefined {
  return ((status?.conditions ?? []) as Condition[]).find((one) => one.type === type);
}

function listenerCondition(
  { status }: Manifest,
  listener: string,
  type: string,
): Condition | undefined {
  type Listed = { name: string; conditions?: Condition[] };
  return ((status?.listeners ?? []) as Listed[])
    .find(({ name }) => name === listener)
    ?.conditions?.find((one) => one.type === type);
}

function said(condition: Condition | undefined): string {
  const words = [condition?.reason, condition?.message].filter((word) => word).join(': ');
  return words === '' ? '' : `: ${words}`;
}
