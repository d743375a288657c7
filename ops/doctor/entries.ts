import type { Rendering } from '../rendering/rendering';
import { askSecret } from '../secrets/uses';
import type { Cluster } from './cluster';
import type { Finding, Place } from './finding';
import { type AttachedRoute, httpRouteFindings, listenerSecrets } from './http-routes';
import {
  CERTIFICATE_TEMPLATE,
  certificateFindings,
  classFindings,
  ingressFindings,
  tlsSecrets,
} from './ingress';

/** One look at the cluster, and what it is about. */
export type Check = readonly [what: string, look: () => Promise<Finding[]>];

/** The checks of the ways in from outside: Ingresses, HTTPRoutes, and the certificates of both. */
export function entryChecks(
  cluster: Cluster,
  rendering: Rendering,
  place: Place,
  now: () => Date,
): Check[] {
  const ingresses = rendering.ofKind('Ingress');
  const routes = rendering.ofKind('HTTPRoute');
  return [
    ...(ingresses.length === 0 ? [] : ingressChecks(ingresses, cluster, place, now)),
    ...(routes.length === 0 ? [] : routeChecks(routes, cluster, place, now)),
  ];
}

function ingressChecks(
  ingresses: ReturnType<Rendering['ofKind']>,
  cluster: Cluster,
  place: Place,
  now: () => Date,
): Check[] {
  return [
    ['ingress', async () => ingressFindings(ingresses, await cluster.live(), place)],
    [
      'ingress classes',
      async () =>
        classFindings(
          ingresses,
          (await cluster.list('ingressclasses')).map(({ metadata }) => metadata.name),
          place,
        ),
    ],
    [
      'certificates',
      async () => {
        const answers = await Promise.all(
          tlsSecrets(ingresses).map(async (tls) =>
            certificateFindings(
              tls,
              await askSecret(cluster.kubectl, tls.secret, { template: CERTIFICATE_TEMPLATE }),
              now(),
              place,
            ),
          ),
        );
        return answers.flat();
      },
    ],
  ];
}

function routeChecks(
  routes: ReturnType<Rendering['ofKind']>,
  cluster: Cluster,
  place: Place,
  now: () => Date,
): Check[] {
  const attached = async (): Promise<AttachedRoute[]> => {
    const live = (await cluster.live()).filter(({ kind }) => kind === 'HTTPRoute');
    return Promise.all(
      live.map(async (route) => ({ route, parents: await cluster.gateways.parentsOf(route) })),
    );
  };
  return [
    ['HTTPRoutes', async () => httpRouteFindings(routes, await attached(), place)],
    [
      'certificates of Gateways',
      async () => {
        const answers = await Promise.all(
          listenerSecrets(await attached()).map(({ namespace, ...tls }) =>
            askSecret(cluster.kubectl, tls.secret, {
              template: CERTIFICATE_TEMPLATE,
              namespace,
            }).then(
              (answer) => certificateFindings(tls, answer, now(), { ...place, namespace }),
              // Who works in one namespace may mostly read no Secret of another.
              () => [],
            ),
          ),
        );
        return answers.flat();
      },
    ],
  ];
}
