import type { Manifest } from '../lib/manifests';
import { calledOf } from '../lib/kubernetes/identity';
import { routesIn } from '../lib/kubernetes/routes';
import { matches } from '../lib/kubernetes/selection';
import { objectRule, type Rule, siblings } from './check';

const WAVE = 'argocd.argoproj.io/sync-wave';

/** Kinds that may be unhealthy for long, or for ever, while nothing is wrong. */
const SLOW = [
  'Ingress',
  'HTTPRoute',
  'HorizontalPodAutoscaler',
  'PodDisruptionBudget',
  'Certificate',
];

function waveOf({ metadata }: Manifest): number {
  return Number(metadata.annotations?.[WAVE] ?? 0);
}

function lastWave(object: Manifest, objects: readonly Manifest[]): number {
  return Math.max(
    ...objects
      .filter(({ metadata }) => metadata.namespace === object.metadata.namespace)
      .map(waveOf),
  );
}

/** Deployments of a colour that a Service selects. */
function selected(service: Manifest, objects: readonly Manifest[]): Manifest[] {
  return siblings(service, objects, 'Deployment').filter(({ spec }) =>
    matches({ matchLabels: service.spec.selector }, spec.template.metadata.labels),
  );
}

/** The Services that lead traffic to one of two colours. */
function isSwitch({ kind, metadata, spec }: Manifest): boolean {
  return (
    kind === 'Service' &&
    spec.selector?.version !== undefined &&
    metadata.name === spec.selector.app
  );
}

/** Whether the weights of a route move traffic. */
function isShared({ kind, spec }: Manifest): boolean {
  return (
    kind === 'HTTPRoute' &&
    (spec.rules ?? []).some(
      ({ backendRefs = [] }: { backendRefs?: unknown[] }) => backendRefs.length > 1,
    )
  );
}

/** The gate of a colour has the name of both, and a hash. */
function isGateOf({ metadata }: Manifest, labels: { app?: string; version?: string }): boolean {
  return (
    labels.version !== undefined &&
    metadata.name.replace(/-[0-9a-f]{10}$/, '') === `${labels.app}-gate-${labels.version}`
  );
}

/** Services to which a route leads a share of the users' requests. */
function sharing(object: Manifest, objects: readonly Manifest[]): Manifest[] {
  const routed = siblings(object, objects, 'HTTPRoute')
    .flatMap(routesIn)
    .filter(({ weight, headers }) => weight > 0 && headers.length === 0);
  return siblings(object, objects, 'Service').filter(
    ({ metadata, spec }) =>
      spec.selector?.version !== undefined &&
      routed.some(({ service }) => service === metadata.name),
  );
}

/** A colour serves where a switch selects it or a route shares requests with it; where there is no switch, all do. */
function serves(deployment: Manifest, objects: readonly Manifest[]): boolean {
  const switches = siblings(deployment, objects, 'Service').filter(
    (service) =>
      isSwitch(service) &&
      service.spec.selector.app === deployment.spec.template.metadata.labels.app,
  );
  return (
    switches.length === 0 ||
    [...switches, ...sharing(deployment, objects)].some((service) =>
      selected(service, objects).includes(deployment),
    )
  );
}

/** What the order of an environment must be, because Argo CD waits for a wave before it applies the next, and for nothing else. */
export const waveRules: readonly Rule[] = [
  objectRule('traffic moves after the pods and their gate', ['Service'], (service, objects) => {
    if (!isSwitch(service)) return [];
    const colour = service.spec.selector.version;
    const gates = siblings(service, objects, 'Job').filter((job) =>
      isGateOf(job, service.spec.selector),
    );
    return [
      gates.length !== 1 && `has ${gates.length} gates for ${colour}`,
      ...[...selected(service, objects), ...gates].map(
        (before) =>
          waveOf(service) <= waveOf(before) && `moves before ${calledOf(before)} is proven`,
      ),
    ];
  }),
  objectRule('the gate waits for the pods', ['Job'], (job, objects) =>
    siblings(job, objects, 'Deployment')
      .filter(({ spec }) => isGateOf(job, spec.template.metadata.labels))
      .map(
        (deployment) =>
          serves(deployment, objects) &&
          waveOf(job) <= waveOf(deployment) &&
          `does not wait for ${calledOf(deployment)}`,
      ),
  ),
  objectRule(
    'traffic never leads to an empty colour, which Argo CD takes for healthy',
    ['Service'],
    (service, objects) => {
      if (!isSwitch(service)) return [];
      const pods = selected(service, objects).filter(({ spec }) => spec.replicas !== 0);
      return [pods.length !== 1 && `leads to ${pods.length} Deployments with pods`];
    },
  ),
  objectRule(
    'the colour that serves nobody is never waited for',
    ['Deployment'],
    (deployment, objects) => [
      !serves(deployment, objects) &&
        waveOf(deployment) !== lastWave(deployment, objects) &&
        'would hold up the way out of an incident',
    ],
  ),
  objectRule('what is healthy late is in the last wave', SLOW, (object, objects) => [
    !isShared(object) &&
      waveOf(object) !== lastWave(object, objects) &&
      'would hold up what comes after it',
  ]),
  objectRule('a share moves after the pods and their gate', ['HTTPRoute'], (route, objects) => {
    if (!isShared(route)) return [];
    const colours = sharing(route, objects).flatMap((service) => [
      ...selected(service, objects),
      ...siblings(route, objects, 'Job').filter((job) => isGateOf(job, service.spec.selector)),
    ]);
    return [
      colours.length === 0 && 'shares requests between no colours',
      ...colours.map(
        (before) => waveOf(route) <= waveOf(before) && `moves before ${calledOf(before)} is proven`,
      ),
    ];
  }),
  objectRule(
    'an autoscaler alone says how many pods there are',
    ['HorizontalPodAutoscaler'],
    (scaler, objects) =>
      siblings(scaler, objects, 'Deployment')
        .filter(({ metadata }) => metadata.name === scaler.spec.scaleTargetRef.name)
        .map(
          ({ metadata, spec }) =>
            spec.replicas > 0 && `competes with the replicas of ${metadata.name}`,
        ),
  ),
  objectRule('a migration is done before pods need it', ['Job'], (job, objects) =>
    siblings(job, objects, 'Deployment').map(
      (deployment) =>
        job.metadata.labels?.['app.kubernetes.io/component'] === 'migration' &&
        deployment.spec.template.metadata.labels.app ===
          job.metadata.labels?.['app.kubernetes.io/name'] &&
        waveOf(job) >= waveOf(deployment) &&
        `runs when ${calledOf(deployment)} may have started`,
    ),
  ),
];
