import type { Difference } from '../../rendering/differences';
import type { Manifest } from '../../../lib/manifests';
import { type Wave, WAVE_ANNOTATION, WAVES } from '../../../lib/wave-plan';
import { readsOf } from '../../../lib/kubernetes/reads';
import { appOf, type Rendering } from '../../rendering/rendering';
import { sharedRules } from '../../rendering/shares';
import { type Finding, finding, type Rule } from '../rule';

/** What pods need before they start. */
const PREPARED = [
  'ServiceAccount',
  'NetworkPolicy',
  'ConfigMap',
  'Secret',
  'ExternalSecret',
  'PersistentVolumeClaim',
];

/** Kinds that may be unhealthy for long while nothing is wrong, so that nothing may wait for them. */
const SLOW = [
  'Ingress',
  'HTTPRoute',
  'Certificate',
  'HorizontalPodAutoscaler',
  'PodDisruptionBudget',
];

/** Kinds of the last wave whose health nobody waits for. */
const UNAWAITED = [
  ...['ServiceMonitor', 'PrometheusRule', 'Probe'],
  ...['BackendTrafficPolicy', 'ReferenceGrant'],
];

/**
 * The plan of waves, seen from the rendering alone. It is about the objects of the APIs that are rendered and
 * about what could hold up their switch; any other object may be in any wave.
 */
export const waveOrder: Rule = {
  name: 'wave-order',
  protects:
    'Every object has the wave of its part: prepare, migrate, target, gate, switch, rest; nothing that may be unhealthy for long is waited for.',
  refuse: ({ base, next, differences }) =>
    differences.length === 0 ? [] : [...misplaced(next), ...inTheWay(base, next, differences)],
};

/** New workloads of somebody else, whose health a switch would wait for. */
function inTheWay(base: Rendering, next: Rendering, differences: readonly Difference[]): Finding[] {
  if (base.objects.length === 0 || next.switches().length === 0) return [];
  return differences.flatMap(({ change, object }) => {
    const wave = Number(object.metadata.annotations?.[WAVE_ANNOTATION] ?? 0);
    const isForeign =
      ['Deployment', 'StatefulSet', 'DaemonSet', 'Job'].includes(object.kind) &&
      !['api', 'gate', 'migration'].includes(component(object) ?? '');
    return change === 'added' && isForeign && wave <= WAVES.switch
      ? [
          finding(
            object,
            `it is in wave ${wave}, and a switch would wait until it is healthy`,
            `annotate it with ${WAVE_ANNOTATION}: "${WAVES.rest}", or call addWaves of its chart`,
          ),
        ]
      : [];
  });
}

function misplaced(next: Rendering): Finding[] {
  const apis = new Set(
    next
      .ofKind('Deployment')
      .filter((deployment) => component(deployment) === 'api')
      .map(appOf),
  );
  return next.objects.flatMap((object) => {
    const wave = object.metadata.annotations?.[WAVE_ANNOTATION];
    const own = apis.has(appOf(object));
    const expected = own ? ownWave(next, object) : foreignWave(next, object, Number(wave ?? 0));
    if (expected === undefined || wave === String(WAVES[expected])) return [];
    return [
      finding(
        object,
        `it is in wave ${wave ?? '0, for want of one,'} and belongs into ${WAVES[expected]}`,
        own
          ? 'render it again; waves are never edited'
          : `annotate it with ${WAVE_ANNOTATION}: "${WAVES[expected]}", or call addWaves of its chart`,
      ),
    ];
  });
}

function component({ metadata }: Manifest): string | undefined {
  return metadata.labels?.['app.kubernetes.io/component'];
}

/** The wave of an object of an API; none for kinds that the constructs do not make. */
function ownWave(next: Rendering, object: Manifest): Wave | undefined {
  const { kind, metadata } = object;
  if (kind === 'Deployment') {
    if (component(object) !== 'api') return undefined;
    const paired = object.spec?.selector?.matchLabels?.version !== undefined;
    if (paired && next.switchOf(object) === undefined) return undefined;
    return !paired || next.serves(object) ? 'target' : 'rest';
  }
  if (kind === 'Job') {
    if (component(object) === 'migration') return 'migrate';
    const gated = next
      .ofKind('Deployment')
      .find((deployment) => next.gateOf(deployment)?.metadata.name === metadata.name);
    if (gated === undefined || next.switchOf(gated) === undefined) return undefined;
    return next.serves(gated) ? 'gate' : 'rest';
  }
  if (kind === 'Service') return serviceWave(next, object);
  // Its weights are a switch as well.
  if (kind === 'HTTPRoute' && sharedRules(next).some(({ route }) => route === object))
    return 'switch';
  if (kind === 'ConfigMap' && metadata.labels?.grafana_dashboard !== undefined) return 'rest';
  if (PREPARED.includes(kind)) return 'prepare';
  return [...SLOW, ...UNAWAITED].includes(kind) ? 'rest' : undefined;
}

/** The Service of a rolling API has the wave of a switch, too: clients move with it. */
function serviceWave(next: Rendering, service: Manifest): Wave {
  const moves = [...next.switches(), ...next.previews()].includes(service);
  const rolling =
    service.metadata.name === appOf(service) && service.spec?.selector?.version === undefined;
  return moves || rolling ? 'switch' : 'prepare';
}

/** The wave that an object of somebody else must have; none where any will do. */
function foreignWave(next: Rendering, object: Manifest, wave: number): Wave | undefined {
  const { kind, metadata } = object;
  if (kind === 'Namespace') return 'prepare';
  if (SLOW.includes(kind)) return wave > WAVES.switch ? undefined : 'rest';
  if (wave <= WAVES.target || !PREPARED.includes(kind)) return undefined;
  const read = next
    .ofKind('Deployment')
    .filter((deployment) => next.switchOf(deployment) !== undefined && next.serves(deployment))
    .flatMap(({ spec }) => readsOf(spec?.template?.spec ?? {}))
    .some(
      (reference) =>
        reference.name === metadata.name && kind.replace('External', '') === reference.kind,
    );
  return read ? 'prepare' : undefined;
}
