import { OWN_LABELS } from '../../environments/layout';
import { identityOf } from '../../lib/kubernetes/identity';
import { yamlText } from '../../lib/yaml-text';
import type { Manifest } from '../../lib/manifests';
import { Rendering } from '../rendering/rendering';
import { operatorResources, OWN_KINDS, resourceOf } from './kinds';
import { type CallOptions, type Kubectl, refusalIn } from './kubectl';
import { type Trial, tryAll, tryEach } from './trial';

/** What the API server adds, and what no rendering says. */
const SERVER_FIELDS = [
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'managedFields',
  'selfLink',
  'finalizers',
];
const SERVER_ANNOTATIONS = [
  'deployment.kubernetes.io/revision',
  'kubectl.kubernetes.io/last-applied-configuration',
  'argocd.argoproj.io/tracking-id',
  'autoscaling.alpha.kubernetes.io/conditions',
];

const OWN = Object.entries(OWN_LABELS)
  .map(([label, value]) => `${label}=${value}`)
  .join();

/** What runs now and what an apply would make of it, both as the API server writes them, defaults and all. */
export interface Step extends Pick<Trial, 'takenOver' | 'refused'> {
  /** As they are, status and all. */
  readonly live: readonly Manifest[];
  readonly before: Rendering;
  readonly after: Rendering;
}

/** How what runs is read. */
export interface ReadOptions extends CallOptions {
  /**
   * Also what an operator brings and is no longer rendered; the cluster is asked first which kinds it knows.
   * @default false
   */
  readonly everything?: boolean;
  /**
   * Objects without which the step is taken as well, where the API server refuses them.
   * @default - none
   */
  readonly dispensable?: (object: Manifest) => boolean;
}

/**
 * Reads what an environment runs, and asks the API server what applying `objects` would make of it.
 * The two are in one form, so that a default is no difference. Nothing is changed.
 *
 * @throws KubectlError when the API server refuses an object that something waits for
 */
export async function readStep(
  kubectl: Kubectl,
  objects: readonly Manifest[],
  { everything, dispensable = () => false, ...options }: ReadOptions = {},
): Promise<Step> {
  const reading = readLive(kubectl, objects, { everything, ...options });
  const [live, { tried, takenOver, refused }] = await Promise.all([
    reading,
    tryAll(kubectl, objects, options).catch(async (error: unknown) => {
      const refusal = refusalIn(error);
      const each = await tryEach(kubectl, objects, await reading, options);
      const isRefused = (object: Manifest) => each.refused.has(identityOf(object));
      if (objects.some((object) => isRefused(object) && !dispensable(object))) throw refusal;
      return each;
    }),
  ]);
  return {
    ...{ live, takenOver, refused },
    before: new Rendering(comparable(live)),
    after: new Rendering(comparable(tried)),
  };
}

/** The step onto an empty cluster, where nothing can be tried: there is no namespace to try it in. */
export function firstStep(objects: readonly Manifest[]): Step {
  return {
    ...{ live: [], takenOver: new Set(), refused: new Map() },
    before: new Rendering([]),
    after: new Rendering(objects),
  };
}

export async function hasNamespace(kubectl: Kubectl): Promise<boolean> {
  return (
    (await kubectl.run(`cannot read the namespace ${kubectl.namespace}`, [
      'get',
      'namespace',
      kubectl.namespace,
      '--ignore-not-found',
      '--output=name',
    ])) !== ''
  );
}

/**
 * The objects of an environment as they are: those that are rendered, and those that were. They are found by
 * their labels; one whose labels a hand has taken away counts as missing, and is applied again. What another
 * object owns is its controller's, whatever labels that has copied: cert-manager gives a Certificate those of its Ingress.
 */
export async function readLive(
  kubectl: Kubectl,
  objects: readonly Manifest[],
  { everything = false, ...options }: ReadOptions = {},
): Promise<Manifest[]> {
  const kinds = new Set([
    ...OWN_KINDS,
    ...objects.map(resourceOf),
    ...(everything ? ['PersistentVolumeClaim', ...(await operatorResources(kubectl))] : []),
  ]);
  kinds.delete('Namespace');
  const [own, named] = await Promise.all([
    kubectl.json<{ items: Manifest[] }>(
      'cannot read what runs',
      ['get', [...kinds].join(','), `--selector=${OWN}`],
      options,
    ),
    readNamed(
      kubectl,
      objects.filter(({ kind }) => kind === 'Namespace'),
      options,
    ),
  ]);
  const rendered = new Set(objects.map(identityOf));
  const found = new Map([...own.items, ...named].map((object) => [identityOf(object), object]));
  return [...found.values()].filter(
    (object) => rendered.has(identityOf(object)) || !isOwned(object),
  );
}

function isOwned({ metadata }: Manifest): boolean {
  return ((metadata as { ownerReferences?: readonly object[] }).ownerReferences ?? []).length > 0;
}

/** The state of objects by name; those that do not exist are left out. */
export async function readNamed(
  kubectl: Kubectl,
  objects: readonly Manifest[],
  options: CallOptions = {},
): Promise<Manifest[]> {
  const text = await kubectl.run(
    'cannot read the objects',
    ['get', '--ignore-not-found', '--filename=-', '--output=json'],
    { ...options, input: yamlText(objects) },
  );
  if (text === '') return [];
  const found = JSON.parse(text) as Manifest & { items?: Manifest[] };
  return found.items ?? [found];
}

/** A Job is made with a selector and labels of its own, other ones each time. */
function withoutControllerFields({ spec }: Manifest): void {
  delete spec.selector;
  for (const label of [
    'controller-uid',
    'job-name',
    'batch.kubernetes.io/controller-uid',
    'batch.kubernetes.io/job-name',
  ])
    delete spec.template?.metadata?.labels?.[label];
}

function comparable(objects: readonly Manifest[]): Manifest[] {
  const scaled = objects
    .filter(({ kind }) => kind === 'HorizontalPodAutoscaler')
    .map(({ spec }) => spec.scaleTargetRef.name as string);
  return objects.map((object) => {
    const { status: _, ...rest } = structuredClone(object) as Manifest & {
      metadata: Record<string, unknown>;
    };
    for (const field of SERVER_FIELDS) delete rest.metadata[field];
    for (const annotation of SERVER_ANNOTATIONS)
      delete (rest.metadata.annotations as Record<string, string> | undefined)?.[annotation];
    if (rest.kind === 'Job') withoutControllerFields(rest);
    // The live number of pods is the autoscaler's.
    if (rest.kind === 'Deployment' && scaled.includes(rest.metadata.name as string))
      delete rest.spec.replicas;
    return rest;
  });
}
